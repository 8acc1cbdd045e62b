package dev.millrace.standalone;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** Waits for what must come, and says what was there instead. */
public final class Eventually {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private Eventually() {}

    /** The first value that fits. */
    public static <T> T get(String what, Callable<T> value, Predicate<T> fits) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        T latest = value.call();
        while (!fits.test(latest)) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(what + " did not come within " + PATIENCE.toSeconds() + " s: " + latest);
            }
            Thread.sleep(20);
            latest = value.call();
        }
        return latest;
    }
}
