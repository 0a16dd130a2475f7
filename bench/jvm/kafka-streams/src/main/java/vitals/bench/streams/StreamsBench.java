package vitals.bench.streams;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import vitals.bench.job.Answer;
import vitals.bench.job.Stopwatch;

/**
 * A row of Kafka Streams: `ADDRESS PREFIX EVENTS WARM_EVENTS BROKER_PID CACHING GUARANTEE`.
 *
 * <p>`WARM_EVENTS` are done first, by an application of their own in the same process, so that the code is compiled;
 * then `EVENTS` are timed from the first to the last. BROKER_PID is 0 where the broker's own CPU time is not to be had;
 * CACHING is on or off; GUARANTEE is at_least_once or exactly_once_v2. The last line is `RESULT {...}`, as of the rows
 * in Python.
 */
public final class StreamsBench {
    private static final long CACHE_BYTES = 128L * 1024 * 1024;
    private static final Duration COMMIT_EVERY = Duration.ofSeconds(1);

    private final String address;
    private final String prefix;
    private final Path brokerStat;
    private final boolean caching;
    private final String guarantee;

    private StreamsBench(String[] arguments) {
        address = arguments[0];
        prefix = arguments[1];
        brokerStat = Path.of("/proc", arguments[4], "stat");
        caching = arguments[5].equals("on");
        guarantee = arguments[6];
    }

    public static void main(String[] arguments) throws Exception {
        StreamsBench bench = new StreamsBench(arguments);
        bench.run(Long.parseLong(arguments[3]));
        System.out.println("RESULT " + bench.run(Long.parseLong(arguments[2])));
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** One application over the topics from their beginning, until `events` are done after the first. Its folder stays. */
    private String run(long events) throws Exception {
        Path stateDirectory = Files.createTempDirectory("vitals-streams-");
        Stopwatch stopwatch = new Stopwatch(events, brokerStat);
        KafkaStreams streams = new KafkaStreams(topology(stopwatch::tick), settings(stateDirectory));
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        String result = stopwatch.await();
        streams.close();
        return result;
    }

    private Topology topology(Runnable onEvent) {
        var bytes = Serdes.ByteArray();
        String[] topics = Answer.INPUTS.stream().map(name -> prefix + name).toArray(String[]::new);
        return new Topology()
                .addSource("events", bytes.deserializer(), bytes.deserializer(), topics)
                .addProcessor("scoring", () -> new Scoring(onEvent), "events")
                .addStateStore(store(Scoring.HEADS), "scoring")
                .addStateStore(store(Scoring.TILES), "scoring")
                .addSink("scores", prefix + Answer.OUTPUT, Serdes.String().serializer(), bytes.serializer(), "scoring");
    }

    private StoreBuilder<?> store(String name) {
        var supplier = Stores.persistentKeyValueStore(name);
        var builder = Stores.keyValueStoreBuilder(supplier, Serdes.String(), Serdes.ByteArray())
                .withLoggingEnabled(Map.of());
        return caching ? builder.withCachingEnabled() : builder.withCachingDisabled();
    }

    private Properties settings(Path stateDirectory) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, prefix + "streams-" + UUID.randomUUID());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, address);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_EVERY.toMillis());
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, caching ? CACHE_BYTES : 0L);
        settings.put(StreamsConfig.producerPrefix("acks"), "all");
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        return settings;
    }
}
