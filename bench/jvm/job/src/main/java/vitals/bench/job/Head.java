package vitals.bench.job;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * What an account has once: running sums of each series over each window, latest values, the score.
 *
 * <p>`cursor` is the hour, counted from 1970, at which the account is judged; a window of D hours is the hours in
 * (cursor - D, cursor].
 */
public final class Head {
    static final int USAGE = 0, ERRORS = 1, FAILED_PAYMENTS = 2, TICKETS = 3, SERIES = 4;
    static final int FORTNIGHT = 0, FOUR_WEEKS = 1, MONTH = 2;
    static final int[] WINDOW_HOURS = {14 * 24, 28 * 24, 30 * 24};
    static final int HORIZON_HOURS = 30 * 24;
    private static final int BYTES = 8 + 4 * SERIES * WINDOW_HOURS.length + 4 + 4 + 8 + 8;
    private static final double[] WEIGHTS = {30, 25, 20, 15, 10};

    long cursor;
    final int[] sums = new int[SERIES * WINDOW_HOURS.length];
    int seats;
    int nps = -1;
    double mrr;
    public double score;

    public Head(long cursor) {
        this.cursor = cursor;
    }

    int sum(int series, int window) {
        return sums[series * WINDOW_HOURS.length + window];
    }

    /** Count `amount` of `series` in every window that the hour lies in. */
    void add(int series, long hour, int amount) {
        for (int window = 0; window < WINDOW_HOURS.length; window++) {
            if (hour > cursor - WINDOW_HOURS[window]) {
                sums[series * WINDOW_HOURS.length + window] += amount;
            }
        }
    }

    /** Weighted mean of usage by seat, trend, friction, tickets and billing, each 0-100. */
    void judge() {
        int usage = sum(USAGE, MONTH);
        int latest = sum(USAGE, FORTNIGHT);
        int prior = sum(USAGE, FOUR_WEEKS) - latest;
        double[] judgements = {
            bounded(100.0 * usage / (20.0 * Math.max(1, seats))),
            prior == 0 ? (latest > 0 ? 100 : 0) : bounded(50 + 100.0 * (latest - prior) / prior),
            usage == 0 ? 50 : bounded(100 - 500.0 * sum(ERRORS, MONTH) / usage),
            bounded(100 - 5.0 * sum(TICKETS, FOUR_WEEKS)),
            bounded((nps < 0 ? 70 : 10.0 * nps) - 25.0 * sum(FAILED_PAYMENTS, MONTH)),
        };
        double points = 0;
        double weight = 0;
        for (int component = 0; component < judgements.length; component++) {
            points += WEIGHTS[component] * judgements[component];
            weight += WEIGHTS[component];
        }
        score = points / weight;
    }

    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(BYTES).putLong(cursor);
        for (int sum : sums) {
            out.putInt(sum);
        }
        return out.putInt(seats).putInt(nps).putDouble(mrr).putDouble(score).array();
    }

    public static Head decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        Head head = new Head(in.getLong());
        for (int index = 0; index < head.sums.length; index++) {
            head.sums[index] = in.getInt();
        }
        head.seats = in.getInt();
        head.nps = in.getInt();
        head.mrr = in.getDouble();
        head.score = in.getDouble();
        return head;
    }

    private static double bounded(double value) {
        return Math.max(0, Math.min(100, value));
    }

    public static long hourOf(long instantMs) {
        return Math.floorDiv(instantMs, Duration.ofHours(1).toMillis());
    }
}
