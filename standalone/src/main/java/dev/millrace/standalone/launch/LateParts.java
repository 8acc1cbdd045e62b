package dev.millrace.standalone.launch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What starts once the first requests can be answered, one after the other: chat doesn't need it. Until the broker is
 * there, usage waits in the gateway's journal, and whoever consumes tries again; documents and fine-tuning answer 503
 * until their service does.
 */
final class LateParts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LateParts.class);

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final Queue<String> starting;
    private final Thread thread;
    private volatile boolean closing;

    /**
     * One that starts late.
     *
     * @param loss what is missing where it does not start
     */
    record Part(String name, String loss, Callable<? extends AutoCloseable> start) {}

    private LateParts(List<Part> parts) {
        starting = new ConcurrentLinkedQueue<>(parts.stream().map(Part::name).toList());
        thread = Thread.ofPlatform().daemon().name("start-late").unstarted(() -> parts.forEach(this::start));
    }

    /** Begins to start them. */
    static LateParts begin(List<Part> parts) {
        LateParts late = new LateParts(parts);
        late.thread.start();
        return late;
    }

    /** Names of those that have neither started nor failed to. */
    List<String> starting() {
        return List.copyOf(starting);
    }

    private void start(Part part) {
        if (closing) {
            return;
        }
        try {
            started.push(part.start().call());
        } catch (Exception e) {
            LOG.error("{} did not start: {}", part.name(), part.loss(), e);
        }
        starting.remove(part.name());
    }

    /** One that is starting is stopped once it has; the last goes first. */
    @Override
    public void close() {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            // it is left behind, as the process is about to end
            Thread.currentThread().interrupt();
            return;
        }
        while (!started.isEmpty()) {
            AutoCloseable part = started.pop();
            try {
                part.close();
            } catch (Exception e) {
                // the others must still be stopped
                LOG.warn("stopping {}", part, e);
            }
        }
    }
}
