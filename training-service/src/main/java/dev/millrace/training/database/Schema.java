package dev.millrace.training.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * The schema {@code training}. It is migrated beside the rest of the start, and again and again until PostgreSQL answers:
 * the service starts without its database, and serves what needs none.
 */
public final class Schema implements AutoCloseable {
    private static final String NAME = "training";
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final long WAIT_SECONDS = 10;
    private static final Logger log = LoggerFactory.getLogger(Schema.class);

    private final DataSource pool;
    private final CountDownLatch migrated = new CountDownLatch(1);
    private final Thread migration;

    /** Begins to migrate. */
    public Schema(DataSource pool) {
        this.pool = pool;
        this.migration = Thread.ofPlatform().daemon().name("migration").start(this::migrate);
    }

    /** The pool, whose connections are handed out once the schema is what this version expects. */
    public DataSource database() {
        return new DelegatingDataSource(pool) {
            @Override
            public Connection getConnection() throws SQLException {
                await();
                return super.getConnection();
            }
        };
    }

    private void await() throws SQLException {
        try {
            if (!migrated.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new SQLTransientConnectionException("the database has not been reached since the start");
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException("interrupted while the schema was being migrated", stopped);
        }
    }

    private void migrate() {
        boolean wasAway = false;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Flyway.configure()
                        .dataSource(pool)
                        .schemas(NAME)
                        .locations("classpath:db/" + NAME)
                        .load()
                        .migrate();
                migrated.countDown();
                return;
            } catch (FlywayException away) {
                if (!wasAway) {
                    log.warn("the schema can't be migrated yet, trying again: {}", away.getMessage());
                    wasAway = true;
                }
                pause();
            }
        }
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
        migration.interrupt();
    }
}
