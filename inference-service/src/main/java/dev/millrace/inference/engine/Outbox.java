package dev.millrace.inference.engine;

import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What one request gives, on its way from the engine's thread to whoever asked. Putting in never waits: a reader that
 * falls too far behind loses its request, not the engine's time.
 */
public final class Outbox {
    private final int bound;
    private final Runnable cancellation;
    private final ConcurrentLinkedQueue<Event> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean signalled = new AtomicBoolean();
    private volatile boolean overflowed;
    private final AtomicReference<Runnable> reader = new AtomicReference<>(() -> {});

    Outbox(int bound, Runnable cancellation) {
        this.bound = bound;
        this.cancellation = cancellation;
    }

    /**
     * Names who reads. Called at once and then, by the engine's thread, when events have come since the last
     * {@link #poll} that found none: it must only hand over to another thread.
     */
    public void onEvents(Runnable reader) {
        this.reader.set(reader);
        signalled.set(true);
        reader.run();
    }

    /** The next event; empty if there is none yet. */
    public Optional<Event> poll() {
        Event event = events.poll();
        if (event == null) {
            // an event that comes now signals anew; one that came just before is still found
            signalled.set(false);
            event = events.poll();
        }
        if (event != null) {
            size.decrementAndGet();
        }
        return Optional.ofNullable(event);
    }

    /** Says that nobody waits for the result any more. Blocks are free before the engine's next step. */
    public void cancel() {
        cancellation.run();
    }

    /** Whether the reader fell too far behind: all that is left to read is the error that says so. */
    public boolean overflowed() {
        return overflowed;
    }

    /** Puts an event in; false if the reader is too far behind: then what it has not read is gone. */
    boolean offer(Event event) {
        if (size.get() >= bound) {
            events.clear();
            overflowed = true;
            return false;
        }
        putLast(event);
        return true;
    }

    /** Puts in the event that ends the request: for that there is always room. */
    void putLast(Event event) {
        size.incrementAndGet();
        events.add(event);
        if (signalled.compareAndSet(false, true)) {
            reader.get().run();
        }
    }
}
