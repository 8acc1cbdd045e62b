package dev.millrace.rag.database;

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
 * A schema of this service. It is migrated beside the rest of the start, and again and again until PostgreSQL answers:
 * a service starts without its database, and says so in its health.
 */
public final class Schema implements AutoCloseable {
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final long WAIT_SECONDS = 10;
    private static final Logger log = LoggerFactory.getLogger(Schema.class);

    private final DataSource pool;
    private final String name;
    private final Preparation preparation;
    private final CountDownLatch migrated = new CountDownLatch(1);
    private final Thread migration;

    /** What a schema needs before it is migrated. */
    interface Preparation {
        void prepare(DataSource pool) throws SQLException;
    }

    /** Begins to migrate the catalogue's schema. */
    public Schema(DataSource pool) {
        this(pool, "rag", _ -> {});
    }

    /**
     * Begins to migrate.
     *
     * @param name of the schema, and of the folder within {@code db} that has its migrations
     */
    Schema(DataSource pool, String name, Preparation preparation) {
        this.pool = pool;
        this.name = name;
        this.preparation = preparation;
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

    /** Whether the schema is what this version expects. */
    boolean isMigrated() {
        return migrated.getCount() == 0;
    }

    private void await() throws SQLException {
        try {
            if (!migrated.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new SQLTransientConnectionException(
                        "the database with the schema " + name + " has not been reached since the start");
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
                preparation.prepare(pool);
                Flyway.configure()
                        .dataSource(pool)
                        .schemas(name)
                        .locations("classpath:db/" + name)
                        .load()
                        .migrate();
                migrated.countDown();
                return;
            } catch (FlywayException | SQLException away) {
                if (!wasAway) {
                    log.warn("the schema {} can't be migrated yet, trying again: {}", name, away.getMessage());
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
