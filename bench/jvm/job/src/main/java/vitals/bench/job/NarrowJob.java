package vitals.bench.job;

/**
 * The narrow job: one event into its hour, into the windows, a new score of five components.
 *
 * <p>bench/peers/narrow_job.py is the same in Python. No duplicates by id, no transitions, no timers of accounts that are
 * silent.
 */
public final class NarrowJob {
    private NarrowJob() {}

    /** Take `event` of `topic` (its whole name) into `head` and `tiles`; it is judged at the hour `now`. */
    public static void take(Head head, Tiles tiles, String topic, Event event, long now) {
        if (now > head.cursor) {
            advance(head, tiles, now);
        }
        count(head, tiles, Head.hourOf(event.occurredAtMs()), seriesOf(topic, event.event()));
        noteLatest(head, event.properties());
        head.judge();
    }

    private static void count(Head head, Tiles tiles, long hour, int series) {
        if (series < 0 || hour <= head.cursor - Head.HORIZON_HOURS) {
            return;
        }
        Tile tile = tile(tiles, hour);
        tile.add(hour, series, 1);
        tiles.put(Tile.dayOf(hour), tile.encode());
        head.add(series, hour, 1);
    }

    /** Take out of each window the hours that leave it, and drop the days that are past the longest one. */
    private static void advance(Head head, Tiles tiles, long now) {
        for (int window = 0; window < Head.WINDOW_HOURS.length; window++) {
            int hours = Head.WINDOW_HOURS[window];
            long last = Math.min(now - hours, head.cursor);
            for (long hour = head.cursor - hours + 1; hour <= last; hour++) {
                subtract(head, tile(tiles, hour), hour, window);
            }
        }
        long kept = Tile.dayOf(Math.min(now - Head.HORIZON_HOURS, head.cursor) + 1);
        for (long day = Tile.dayOf(head.cursor - Head.HORIZON_HOURS + 1); day < kept; day++) {
            tiles.delete(day);
        }
        head.cursor = now;
    }

    private static void subtract(Head head, Tile tile, long hour, int window) {
        for (int series = 0; series < Head.SERIES; series++) {
            head.sums[series * Head.WINDOW_HOURS.length + window] -= tile.count(hour, series);
        }
    }

    private static Tile tile(Tiles tiles, long hour) {
        byte[] kept = tiles.get(Tile.dayOf(hour));
        return kept == null ? new Tile() : Tile.decode(kept);
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
}
