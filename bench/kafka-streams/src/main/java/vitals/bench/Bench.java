package vitals.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The Kafka Streams row: `ADDRESS PREFIX EVENTS WARM_EVENTS CACHING BROKER_PID`.
 *
 * <p>`WARM_EVENTS` are done first, by an application of their own in the same process, so that the code is compiled;
 * then `EVENTS` are timed from the first to the last. CACHING is on or off; BROKER_PID is 0 where the
 * broker's own CPU time is not to be had. The last line is `RESULT {...}`, as of the rows in Python.
 */
public final class Bench {
    private static final List<String> TOPICS = List.of("analytics", "exceptions", "billing", "tickets");
    private static final long CACHE_BYTES = 128L * 1024 * 1024;
    private static final Duration COMMIT_EVERY = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(4);

    private final String address;
    private final String prefix;
    private final boolean caching;
    private final Path brokerStat;

    private Bench(String[] arguments) {
        address = arguments[0];
        prefix = arguments[1];
        caching = arguments[4].equals("on");
        brokerStat = Path.of("/proc", arguments[5], "stat");
    }

    public static void main(String[] arguments) throws Exception {
        Bench bench = new Bench(arguments);
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
        String result = stopwatch.await(LONGEST);
        streams.close();
        return result;
    }

    private Topology topology(Runnable onEvent) {
        var bytes = Serdes.ByteArray();
        String[] topics = TOPICS.stream().map(name -> prefix + name).toArray(String[]::new);
        return new Topology()
                .addSource("events", bytes.deserializer(), bytes.deserializer(), topics)
                .addProcessor("scoring", () -> new Scoring(onEvent), "events")
                .addStateStore(store(Scoring.HEADS), "scoring")
                .addStateStore(store(Scoring.TILES), "scoring")
                .addSink("scores", prefix + "scores", Serdes.String().serializer(), bytes.serializer(), "scoring");
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
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_EVERY.toMillis());
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, caching ? CACHE_BYTES : 0L);
        settings.put(StreamsConfig.producerPrefix("acks"), "all");
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        return settings;
    }

    /** Wall and CPU time from the first event to the last. One thread ticks, another waits. */
    private static final class Stopwatch {
        private final long events;
        private final Path brokerStat;
        private final CountDownLatch done = new CountDownLatch(1);
        private long seen;
        private long began;
        private long cpuBegan;
        private double brokerBegan;
        private volatile String result = "";

        Stopwatch(long events, Path brokerStat) {
            this.events = events;
            this.brokerStat = brokerStat;
        }

        void tick() {
            if (seen == 0) {
                began = System.nanoTime();
                cpuBegan = cpuNanos();
                brokerBegan = brokerSeconds();
            }
            if (seen == events) {
                result = String.format(
                        Locale.ROOT,
                        "{\"events\":%d,\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"broker_cpu_seconds\":%.6f}",
                        events,
                        (System.nanoTime() - began) / 1e9,
                        (cpuNanos() - cpuBegan) / 1e9,
                        brokerSeconds() - brokerBegan);
                done.countDown();
            }
            seen++;
        }

        String await(Duration longest) throws InterruptedException {
            if (!done.await(longest.toSeconds(), TimeUnit.SECONDS)) {
                System.out.println(seen + " of " + events + " events within " + longest);
                Runtime.getRuntime().halt(1);
            }
            return result;
        }

        private static long cpuNanos() {
            return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                    .getProcessCpuTime();
        }

        /** The broker's CPU time so far; 0 where it is not to be had. The unit of /proc is 1/100 s on Linux. */
        private double brokerSeconds() {
            try {
                String[] fields = Files.readString(brokerStat).replaceFirst(".*\\) ", "").split(" ");
                return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
            } catch (IOException absent) {
                return 0;
            }
        }
    }
}
