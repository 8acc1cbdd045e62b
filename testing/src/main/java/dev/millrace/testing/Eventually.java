package dev.millrace.testing;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what happens on another thread. */
public final class Eventually {
    /** So long that only what never comes is missed, on a machine that does much else too. */
    public static final Duration PATIENCE = Duration.ofSeconds(90);

    private Eventually() {}

    /**
     * Returns once the condition holds.
     *
     * @throws AssertionError where it doesn't within {@link #PATIENCE}
     */
    public static void holds(String what, Callable<Boolean> condition) throws Exception {
        holds(what, PATIENCE, condition);
    }

    /**
     * Returns once the condition holds.
     *
     * @throws AssertionError where it doesn't within {@code longest}
     */
    public static void holds(String what, Duration longest, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + longest.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + longest.toSeconds() + " s: " + what);
            }
            Thread.sleep(10);
        }
    }
}
