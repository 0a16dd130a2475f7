package vitals.bench.streams;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import vitals.bench.job.Answer;
import vitals.bench.job.Event;
import vitals.bench.job.Head;
import vitals.bench.job.NarrowJob;
import vitals.bench.job.Tiles;

/** The narrow job on two stores. Judged at wall time, as our worker is; a score goes out at most once a second an account. */
final class Scoring implements Processor<byte[], byte[], String, byte[]> {
    static final String HEADS = "heads";
    static final String TILES = "tiles";
    private static final Duration ANSWER_EVERY = Duration.ofSeconds(1);

    private final Runnable onEvent;
    private final Map<String, Double> changed = new LinkedHashMap<>();
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, byte[]> heads;
    private KeyValueStore<String, byte[]> tiles;

    Scoring(Runnable onEvent) {
        this.onEvent = onEvent;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
        this.context = context;
        heads = context.getStateStore(HEADS);
        tiles = context.getStateStore(TILES);
        context.schedule(ANSWER_EVERY, PunctuationType.WALL_CLOCK_TIME, this::answer);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Event event = Event.decode(record.value());
        String accountId = event.account_id();
        String topic = context.recordMetadata().orElseThrow().topic();
        long now = Head.hourOf(System.currentTimeMillis());
        byte[] kept = heads.get(accountId);
        Head head = kept == null ? new Head(now) : Head.decode(kept);
        NarrowJob.take(head, new StoredTiles(tiles, accountId), topic, event, now);
        heads.put(accountId, head.encode());
        changed.put(accountId, head.score);
        onEvent.run();
    }

    private void answer(long wallMs) {
        changed.forEach((accountId, score) ->
                context.forward(new Record<>(accountId, Answer.encode(accountId, score), wallMs)));
        changed.clear();
    }

    private record StoredTiles(KeyValueStore<String, byte[]> store, String accountId) implements Tiles {
        @Override
        public byte[] get(long day) {
            return store.get(key(day));
        }

        @Override
        public void put(long day, byte[] tile) {
            store.put(key(day), tile);
        }

        @Override
        public void delete(long day) {
            store.delete(key(day));
        }

        private String key(long day) {
            return accountId + '/' + day;
        }
    }
}
