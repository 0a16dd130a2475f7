package vitals.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * One event: into its hour, into the windows, a new score. Judged at wall time, as our worker is.
 *
 * <p>A score goes out at most once a second an account. No duplicates by id, no transitions, no wake-ups of accounts
 * that are silent.
 */
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
        Event event = decode(record.value());
        String topic = context.recordMetadata().orElseThrow().topic();
        long now = Head.hourOf(System.currentTimeMillis());
        byte[] kept = heads.get(event.account_id());
        Head head = kept == null ? new Head(now) : Head.decode(kept);
        if (now > head.cursor) {
            advance(head, event.account_id(), now);
        }
        count(head, event, seriesOf(topic, event.event()));
        noteLatest(head, event.properties());
        head.judge();
        heads.put(event.account_id(), head.encode());
        changed.put(event.account_id(), head.score);
        onEvent.run();
    }

    private void count(Head head, Event event, int series) {
        long hour = Head.hourOf(event.occurredAtMs());
        if (series < 0 || hour <= head.cursor - Head.HORIZON_HOURS) {
            return;
        }
        Tile tile = tile(event.account_id(), hour);
        tile.add(hour, series, 1);
        tiles.put(Tile.key(event.account_id(), hour), tile.encode());
        head.add(series, hour, 1);
    }

    /** Take out of each window the hours that leave it, and drop the days that are past the longest one. */
    private void advance(Head head, String accountId, long now) {
        for (int window = 0; window < Head.WINDOW_HOURS.length; window++) {
            int hours = Head.WINDOW_HOURS[window];
            long last = Math.min(now - hours, head.cursor);
            for (long hour = head.cursor - hours + 1; hour <= last; hour++) {
                subtract(head, tile(accountId, hour), hour, window);
            }
        }
        long kept = Tile.dayOf(Math.min(now - Head.HORIZON_HOURS, head.cursor) + 1);
        for (long day = Tile.dayOf(head.cursor - Head.HORIZON_HOURS + 1); day < kept; day++) {
            tiles.delete(Tile.key(accountId, day * Tile.HOURS));
        }
        head.cursor = now;
    }

    private static void subtract(Head head, Tile tile, long hour, int window) {
        for (int series = 0; series < Head.SERIES; series++) {
            head.sums[series * Head.WINDOW_HOURS.length + window] -= tile.count(hour, series);
        }
    }

    private Tile tile(String accountId, long hour) {
        byte[] kept = tiles.get(Tile.key(accountId, hour));
        return kept == null ? new Tile() : Tile.decode(kept);
    }

    private void answer(long wallMs) {
        changed.forEach((accountId, score) -> {
            String body = "{\"account_id\":\"" + accountId + "\",\"value\":" + score + "}";
            context.forward(new Record<>(accountId, body.getBytes(StandardCharsets.UTF_8), wallMs));
        });
        changed.clear();
    }

    private static void noteLatest(Head head, Event.Properties properties) {
        if (properties == null) {
            return;
        }
        if (properties.seats() > 0) {
            head.seats = properties.seats();
            head.mrr = properties.mrr();
        }
        if (properties.nps() > 0) {
            head.nps = properties.nps();
        }
    }

    private static int seriesOf(String topic, String name) {
        if (topic.endsWith("analytics")) {
            return Head.USAGE;
        }
        if (topic.endsWith("exceptions")) {
            return Head.ERRORS;
        }
        if (topic.endsWith("billing")) {
            return name.equals("payment_failed") ? Head.FAILED_PAYMENTS : -1;
        }
        return Head.TICKETS;
    }

    private static Event decode(byte[] json) {
        try {
            return Event.decode(json);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
