package dev.millrace.standalone.launch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Database, broker and services, started side by side and stopped in order: what {@code ./millrace up} holds. */
public final class Platform implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Platform.class);

    private final Running running;
    private final Deque<AutoCloseable> closing;

    private Platform(Running running, Deque<AutoCloseable> closing) {
        this.running = running;
        this.closing = closing;
    }

    /**
     * What the command line asks of a platform that runs.
     *
     * @param key the key of the first start
     * @param starting names of what starts behind the first answers, and hasn't yet
     */
    public record Running(Keychain keychain, ModelStates models, String key, Supplier<List<String>> starting) {}

    /**
     * Starts everything and returns when a request would be answered. {@link LogFile} must be set up.
     *
     * @throws StartException with one sentence; whatever had started is stopped again
     */
    static Platform start(Plan plan, Timings timings) throws StartException, InterruptedException {
        Deque<AutoCloseable> closing = new ArrayDeque<>();
        try {
            Running running = new Start(plan, timings).run(closing);
            return new Platform(running, closing);
        } catch (StartException | InterruptedException | RuntimeException e) {
            closeAll(closing);
            throw e;
        }
    }

    public Running running() {
        return running;
    }

    /** Stops all in order: the gateway first, which lets running requests end; the database last. */
    @Override
    public void close() {
        closeAll(closing);
    }

    private static void closeAll(Deque<AutoCloseable> closing) {
        while (!closing.isEmpty()) {
            AutoCloseable next = closing.pop();
            try {
                long begin = System.nanoTime();
                next.close();
                LOG.info(
                        "stopped {} in {} ms",
                        next.getClass().getSimpleName(),
                        (System.nanoTime() - begin) / 1_000_000);
            } catch (Exception e) {
                // the others must still be stopped
                LOG.warn("stopping {}", next, e);
            }
        }
    }
}
