package vitals.bench.job;

import java.nio.ByteBuffer;

/** One day of one account: counts by hour and series. On the wire only what is not zero: (cell, count) each. */
final class Tile {
    static final int HOURS = 24;
    private static final int CELL_BYTES = 1 + 4;

    private final int[] counts = new int[HOURS * Head.SERIES];

    int count(long hour, int series) {
        return counts[cell(hour, series)];
    }

    void add(long hour, int series, int amount) {
        counts[cell(hour, series)] += amount;
    }

    byte[] encode() {
        int used = 0;
        for (int count : counts) {
            used += count == 0 ? 0 : 1;
        }
        ByteBuffer out = ByteBuffer.allocate(used * CELL_BYTES);
        for (int cell = 0; cell < counts.length; cell++) {
            if (counts[cell] != 0) {
                out.put((byte) cell).putInt(counts[cell]);
            }
        }
        return out.array();
    }

    static Tile decode(byte[] bytes) {
        Tile tile = new Tile();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.hasRemaining()) {
            tile.counts[in.get()] = in.getInt();
        }
        return tile;
    }

    static long dayOf(long hour) {
        return Math.floorDiv(hour, HOURS);
    }

    private static int cell(long hour, int series) {
        return Math.floorMod(hour, HOURS) * Head.SERIES + series;
    }
}
