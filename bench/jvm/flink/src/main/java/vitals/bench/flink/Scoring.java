package vitals.bench.flink;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import vitals.bench.job.Answer;
import vitals.bench.job.Event;
import vitals.bench.job.Head;
import vitals.bench.job.NarrowJob;
import vitals.bench.job.Stopwatch;
import vitals.bench.job.Tiles;

/**
 * The narrow job on keyed state. Judged at wall time, as our worker is; a timer at the next full second sends the score
 * of an account that changed.
 */
final class Scoring extends KeyedProcessFunction<String, Tuple3<String, Integer, byte[]>, Tuple2<String, Double>> {
    private static final long serialVersionUID = 1;
    private static final long ANSWER_EVERY_MS = 1_000;

    /** That of the running job, which lives in this very process; null when what it does is not timed any more. */
    static volatile Stopwatch stopwatch;

    private transient Stopwatch own;
    private transient ValueState<byte[]> heads;
    private transient Tiles tiles;

    @Override
    public void open(OpenContext context) {
        var bytes = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
        own = stopwatch;
        heads = getRuntimeContext().getState(new ValueStateDescriptor<>("head", bytes));
        tiles = new KeyedTiles(getRuntimeContext().getMapState(new MapStateDescriptor<>("tiles", Types.LONG, bytes)));
    }

    @Override
    public void processElement(
            Tuple3<String, Integer, byte[]> message, Context context, Collector<Tuple2<String, Double>> out)
            throws Exception {
        long nowMs = context.timerService().currentProcessingTime();
        byte[] kept = heads.value();
        Head head = kept == null ? new Head(Head.hourOf(nowMs)) : Head.decode(kept);
        NarrowJob.take(head, tiles, Answer.INPUTS.get(message.f1), Event.decode(message.f2), Head.hourOf(nowMs));
        heads.update(head.encode());
        // Each instant once an account, however often it is asked for.
        context.timerService().registerProcessingTimeTimer((nowMs / ANSWER_EVERY_MS + 1) * ANSWER_EVERY_MS);
        own.tick();
    }

    @Override
    public void onTimer(long atMs, OnTimerContext context, Collector<Tuple2<String, Double>> out) throws Exception {
        out.collect(Tuple2.of(context.getCurrentKey(), Head.decode(heads.value()).score));
    }

    private record KeyedTiles(MapState<Long, byte[]> state) implements Tiles {
        @Override
        public byte[] get(long day) {
            try {
                return state.get(day);
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        }

        @Override
        public void put(long day, byte[] tile) {
            try {
                state.put(day, tile);
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        }

        @Override
        public void delete(long day) {
            try {
                state.remove(day);
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        }
    }
}
