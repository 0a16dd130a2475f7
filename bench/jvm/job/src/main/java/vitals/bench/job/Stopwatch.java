package vitals.bench.job;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Wall and CPU time of this process from the first event to the last. One thread ticks, another waits.
 *
 * <p>The broker's CPU time is read from `brokerStat`, its stat file under /proc.
 */
public final class Stopwatch {
    private static final Duration LONGEST = Duration.ofMinutes(4);

    private final long events;
    private final Path brokerStat;
    private final CountDownLatch done = new CountDownLatch(1);
    private long seen;
    private long began;
    private long cpuBegan;
    private double brokerBegan;
    private volatile String result = "";

    public Stopwatch(long events, Path brokerStat) {
        this.events = events;
        this.brokerStat = brokerStat;
    }

    public void tick() {
        if (seen == 0) {
            began = System.nanoTime();
            cpuBegan = cpuNanos();
            brokerBegan = brokerSeconds();
        }
        if (seen == events) {
            result = String.format(
                    Locale.ROOT,
                    "{\"events\":%d,\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"broker_cpu_seconds\":%.6f}",
                    events,
                    (System.nanoTime() - began) / 1e9,
                    (cpuNanos() - cpuBegan) / 1e9,
                    brokerSeconds() - brokerBegan);
            done.countDown();
        }
        seen++;
    }

    /** The result as JSON, once all are done; the process ends when that takes too long. */
    public String await() throws InterruptedException {
        if (!done.await(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
            System.out.println(seen + " of " + events + " events within " + LONGEST);
            Runtime.getRuntime().halt(1);
        }
        return result;
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }

    /** The broker's CPU time so far; 0 where it is not to be had. The unit of /proc is 1/100 s on Linux. */
    private double brokerSeconds() {
        try {
            String[] fields = Files.readString(brokerStat).replaceFirst(".*\\) ", "").split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
        } catch (IOException absent) {
            return 0;
        }
    }
}
