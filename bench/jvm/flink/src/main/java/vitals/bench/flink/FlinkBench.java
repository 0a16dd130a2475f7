package vitals.bench.flink;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerConfig;
import vitals.bench.job.Answer;
import vitals.bench.job.Stopwatch;

/**
 * The row of Flink: `ADDRESS PREFIX EVENTS WARM_EVENTS BROKER_PID`, in a cluster inside this process.
 *
 * <p>As in the rows of Kafka Streams, `WARM_EVENTS` are done by a job of their own first, and the last line is
 * `RESULT {...}`.
 */
public final class FlinkBench {
    private static final Duration CHECKPOINT_EVERY = Duration.ofSeconds(1);
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(5);
    private static final MemorySize ROCKSDB = MemorySize.ofMebiBytes(256);

    private final String address;
    private final String prefix;
    private final Path brokerStat;

    private FlinkBench(String[] arguments) {
        address = arguments[0];
        prefix = arguments[1];
        brokerStat = Path.of("/proc", arguments[4], "stat");
    }

    public static void main(String[] arguments) throws Exception {
        FlinkBench bench = new FlinkBench(arguments);
        bench.run(Long.parseLong(arguments[3]));
        System.out.println("RESULT " + bench.run(Long.parseLong(arguments[2])));
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** One job over the topics from their beginning, until `events` are done after the first. Its folder stays. */
    private String run(long events) throws Exception {
        Stopwatch stopwatch = new Stopwatch(events, brokerStat);
        Scoring.stopwatch = stopwatch;
        var environment = StreamExecutionEnvironment.getExecutionEnvironment(settings());
        environment
                .fromSource(source(), WatermarkStrategy.noWatermarks(), "events")
                .keyBy(message -> message.f0)
                .process(new Scoring())
                .sinkTo(sink());
        JobClient job = environment.executeAsync("bench");
        job.getJobExecutionResult().whenComplete((result, error) -> {
            if (error != null && Scoring.stopwatch == stopwatch) {
                error.printStackTrace();
                Runtime.getRuntime().halt(1);
            }
        });
        String result = stopwatch.await();
        Scoring.stopwatch = null;
        job.cancel().get();
        return result;
    }

    private static Configuration settings() throws Exception {
        Path folder = Files.createTempDirectory("vitals-flink-");
        return new Configuration()
                .set(CoreOptions.DEFAULT_PARALLELISM, 1)
                .set(PipelineOptions.OBJECT_REUSE, true)
                .set(RestartStrategyOptions.RESTART_STRATEGY, "none")
                .set(StateBackendOptions.STATE_BACKEND, "rocksdb")
                .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, ROCKSDB)
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_EVERY)
                .set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE)
                .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
                .set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem")
                .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
    }

    private KafkaSource<Tuple3<String, Integer, byte[]>> source() {
        return KafkaSource.<Tuple3<String, Integer, byte[]>>builder()
                .setBootstrapServers(address)
                .setTopics(Answer.INPUTS.stream().map(name -> prefix + name).toList())
                .setGroupId(prefix + "flink-" + UUID.randomUUID())
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(new MessageReader(prefix))
                .build();
    }

    private KafkaSink<Tuple2<String, Double>> sink() {
        return KafkaSink.<Tuple2<String, Double>>builder()
                .setBootstrapServers(address)
                .setRecordSerializer(new ScoreWriter(prefix + Answer.OUTPUT))
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(prefix + "flink-" + UUID.randomUUID())
                .setProperty(ProducerConfig.ACKS_CONFIG, "all")
                .setProperty(
                        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, String.valueOf(TRANSACTION_TIMEOUT.toMillis()))
                .build();
    }
}
