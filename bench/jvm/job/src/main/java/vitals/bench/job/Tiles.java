package vitals.bench.job;

/** Where an account's tiles are kept, each under its day, counted from 1970. */
public interface Tiles {
    /** The tile's bytes; null where there is none. */
    byte[] get(long day);

    void put(long day, byte[] tile);

    void delete(long day);
}
