package dev.millrace.testing;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what happens on another thread. */
public final class Eventually {
    private Eventually() {}

    /**
     * Returns once the condition holds.
     *
     * @throws AssertionError where it doesn't within {@code longest}
     */
    public static void holds(String what, Duration longest, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + longest.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + longest.toSeconds() + " s: " + what);
            }
            Thread.sleep(10);
        }
    }
}
