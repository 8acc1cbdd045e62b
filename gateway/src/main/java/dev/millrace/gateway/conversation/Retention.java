package dev.millrace.gateway.conversation;

import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes answers once they have been kept long enough. */
public final class Retention implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofHours(1);
    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    private final Conversations conversations;
    private final Duration age;
    private final InstantSource clock;
    private final Thread thread;

    /**
     * @param age after which an answer is deleted
     */
    public Retention(Conversations conversations, Duration age, InstantSource clock) {
        this.conversations = conversations;
        this.age = age;
        this.clock = clock;
        this.thread = Thread.ofPlatform().daemon().name("response-retention").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                try {
                    conversations.deleteOlderThan(clock.instant().minus(age));
                } catch (SQLException away) {
                    log.debug("old responses are kept until the database is there", away);
                }
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
