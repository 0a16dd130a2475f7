package vitals.bench.flink;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import vitals.bench.job.Answer;

/** A score as it is sent. */
final class ScoreWriter implements KafkaRecordSerializationSchema<Tuple2<String, Double>> {
    private static final long serialVersionUID = 1;

    private final String topic;

    ScoreWriter(String topic) {
        this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Tuple2<String, Double> score, KafkaSinkContext context, Long atMs) {
        return new ProducerRecord<>(topic, score.f0.getBytes(StandardCharsets.UTF_8), Answer.encode(score.f0, score.f1));
    }
}
