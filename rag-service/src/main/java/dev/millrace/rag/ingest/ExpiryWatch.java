package dev.millrace.rag.ingest;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks now and then for collections that have expired. */
public final class ExpiryWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ExpiryWatch.class);

    private final Deletion deletion;
    private final Duration interval;
    private final Thread thread;

    public ExpiryWatch(Deletion deletion, Duration interval) {
        this.deletion = deletion;
        this.interval = interval;
        thread = Thread.ofVirtual().name("expiry-watch").unstarted(this::watch);
    }

    public void start() {
        thread.start();
    }

    private void watch() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                deletion.expired();
            } catch (RuntimeException e) {
                log.warn("collections that have expired are looked for again later: {}", e.getMessage());
            }
            try {
                Thread.sleep(interval);
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
