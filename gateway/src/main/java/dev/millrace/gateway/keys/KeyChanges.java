package dev.millrace.gateway.keys;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on a connection of its own for keys that were made, changed or revoked anywhere, and has the ring forget them.
 *
 * <p>PostgreSQL sends the notification with the commit, so there is no change without one. What was missed while the
 * connection was away is made good by reading all known keys again once it is back, and every {@link #RELOAD} besides.
 */
public final class KeyChanges implements AutoCloseable {
    static final String CHANNEL = "millrace_keys";
    static final Duration RELOAD = Duration.ofSeconds(30);
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final Logger log = LoggerFactory.getLogger(KeyChanges.class);

    private final KeyRing ring;
    private final Connector connector;
    private final Thread listener;
    private volatile boolean closed;
    private volatile @Nullable Connection connection;

    /** Opens a connection of its own, outside every pool: it is held for as long as the gateway runs. */
    public interface Connector {
        Connection connect() throws SQLException;
    }

    public KeyChanges(KeyRing ring, Connector connector) {
        this.ring = ring;
        this.connector = connector;
        // a platform thread: the driver reads its socket while it holds a lock
        this.listener = Thread.ofPlatform().daemon().name("key-changes").unstarted(this::run);
    }

    public void start() {
        listener.start();
    }

    private void run() {
        boolean wasAway = false;
        while (!closed) {
            try (Connection open = connector.connect();
                    Statement statement = open.createStatement()) {
                connection = open;
                listen(statement);
                if (wasAway) {
                    log.info("listening for changed keys again");
                    wasAway = false;
                }
                forgetChanged(statement, open.unwrap(PGConnection.class));
            } catch (SQLException away) {
                if (!closed && !wasAway) {
                    log.warn("changes of keys can't be heard, keys in memory stay good for now: {}", away.getMessage());
                    wasAway = true;
                }
                pause();
            }
        }
    }

    private static void listen(Statement statement) throws SQLException {
        statement.execute("listen " + CHANNEL);
    }

    private void forgetChanged(Statement statement, PGConnection notifications) throws SQLException {
        while (!closed) {
            // listens already, but says so if the line is dead
            listen(statement);
            ring.reload();
            long next = System.nanoTime() + RELOAD.toNanos();
            long leftMillis = RELOAD.toMillis();
            while (leftMillis > 0 && !closed) {
                for (PGNotification change : received(notifications, leftMillis)) {
                    if (HASH.matcher(change.getParameter()).matches()) {
                        ring.forget(new Secret.Hash(change.getParameter()));
                    }
                }
                leftMillis = (next - System.nanoTime()) / 1_000_000;
            }
        }
    }

    private static PGNotification[] received(PGConnection connection, long waitMillis) throws SQLException {
        PGNotification @Nullable [] received = connection.getNotifications((int) waitMillis);
        return received == null ? new PGNotification[0] : received;
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY);
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        listener.interrupt();
        @Nullable Connection open = connection;
        if (open != null) {
            try {
                // the reader sits in a socket: aborting is what wakes it
                open.abort(Runnable::run);
            } catch (SQLException gone) {
                log.debug("the listening connection was gone already", gone);
            }
        }
    }
}
