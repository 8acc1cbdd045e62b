package dev.millrace.standalone.launch;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker that starts once the first requests can be answered. They don't need it: until it is there, usage waits in
 * the gateway's journal, and whoever consumes tries again.
 */
final class LateBroker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LateBroker.class);

    private final CompletableFuture<Optional<KafkaBroker>> broker = new CompletableFuture<>();

    private LateBroker() {}

    /** Begins to start it. */
    static LateBroker begin(Callable<KafkaBroker> start) {
        LateBroker late = new LateBroker();
        Thread.ofPlatform().daemon().name("start-kafka").start(() -> late.broker.complete(started(start)));
        return late;
    }

    private static Optional<KafkaBroker> started(Callable<KafkaBroker> start) {
        try {
            return Optional.of(start.call());
        } catch (Exception e) {
            LOG.error("Kafka did not start: usage stays in the gateway's journal until it does", e);
            return Optional.empty();
        }
    }

    /** One that is starting is stopped once it has. */
    @Override
    public void close() {
        broker.join().ifPresent(KafkaBroker::close);
    }
}
