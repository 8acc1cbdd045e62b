package dev.millrace.rag.embed;

import java.util.concurrent.TimeUnit;

/** What somebody waits for goes before what nobody does. */
public final class Precedence {
    /** So that what waits still comes on where somebody always waits. */
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(2);

    private int taken;

    /** Work that somebody waits for goes on until it is closed. */
    public final class Taken implements AutoCloseable {
        private Taken() {}

        @Override
        public void close() {
            release();
        }
    }

    public synchronized Taken take() {
        taken++;
        return new Taken();
    }

    private synchronized void release() {
        taken--;
        notifyAll();
    }

    /** Waits until nobody waits for anything, but two seconds at most. */
    public synchronized void giveWay() throws InterruptedException {
        long until = System.nanoTime() + LONGEST_NANOS;
        for (long left = LONGEST_NANOS; taken > 0 && left > 0; left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
