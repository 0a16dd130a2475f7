package vitals.bench.flink;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import vitals.bench.job.Answer;

/** A message as (account, index of its topic, value): its JSON is decoded once, behind the exchange by key. */
final class MessageReader implements KafkaRecordDeserializationSchema<Tuple3<String, Integer, byte[]>> {
    private static final long serialVersionUID = 1;

    private final String prefix;

    MessageReader(String prefix) {
        this.prefix = prefix;
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> message, Collector<Tuple3<String, Integer, byte[]>> out) {
        String accountId = new String(message.key(), StandardCharsets.UTF_8);
        int topic = Answer.INPUTS.indexOf(message.topic().substring(prefix.length()));
        out.collect(Tuple3.of(accountId, topic, message.value()));
    }

    @Override
    public TypeInformation<Tuple3<String, Integer, byte[]>> getProducedType() {
        return Types.TUPLE(Types.STRING, Types.INT, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    }
}
