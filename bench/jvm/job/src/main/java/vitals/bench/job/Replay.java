package vitals.bench.job;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The job without a framework, so that its scores can be compared: on its input a line an event, `HOUR TOPIC JSON`; on
 * its output the account's score after each. HOUR is that at which it is judged, counted from 1970.
 */
public final class Replay {
    private Replay() {}

    public static void main(String[] arguments) throws IOException {
        Map<String, byte[]> heads = new HashMap<>();
        Map<String, MapTiles> tiles = new HashMap<>();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split(" ", 3);
            long now = Long.parseLong(parts[0]);
            Event event = Event.decode(parts[2].getBytes(StandardCharsets.UTF_8));
            byte[] kept = heads.get(event.account_id());
            Head head = kept == null ? new Head(now) : Head.decode(kept);
            MapTiles own = tiles.computeIfAbsent(event.account_id(), name -> new MapTiles(new HashMap<>()));
            NarrowJob.take(head, own, parts[1], event, now);
            heads.put(event.account_id(), head.encode());
            System.out.println(head.score);
        }
    }

    private record MapTiles(Map<Long, byte[]> tiles) implements Tiles {
        @Override
        public byte[] get(long day) {
            return tiles.get(day);
        }

        @Override
        public void put(long day, byte[] tile) {
            tiles.put(day, tile);
        }

        @Override
        public void delete(long day) {
            tiles.remove(day);
        }
    }
}
