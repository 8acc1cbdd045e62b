package dev.millrace.standalone.cli;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Lets a command end by itself when Ctrl-C comes: its thread is interrupted, and the process waits until it is done. */
final class Ending implements AutoCloseable {
    /** A platform's stop takes up to five seconds. */
    private static final int PATIENCE_SECONDS = 15;

    private final Thread worker = Thread.currentThread();
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private final Thread hook = new Thread(this::interrupt, "end");

    private Ending() {}

    /** For the thread that calls it. */
    static Ending onInterrupt() {
        Ending ending = new Ending();
        Runtime.getRuntime().addShutdownHook(ending.hook);
        return ending;
    }

    /** Whether it was asked for. */
    boolean wanted() {
        return wanted.get();
    }

    private void interrupt() {
        wanted.set(true);
        worker.interrupt();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        try {
            while (!over.get() && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        over.set(true);
        if (!wanted.get()) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // it has just begun: it sees that this is over
            }
        }
    }
}
