package dev.millrace.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A database of its own in a real PostgreSQL that all tests of a JVM share; a service's tests add its tables. */
public abstract class TestPostgres implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String url;
    private final HikariDataSource pool;

    private static final class Server {
        static final EmbeddedPostgres RUNNING = start();

        private static EmbeddedPostgres start() {
            try {
                EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    try {
                        server.close();
                    } catch (IOException left) {
                        System.err.println("PostgreSQL was left running: " + left);
                    }
                }));
                return server;
            } catch (IOException failed) {
                throw new ExceptionInInitializerError(failed);
            }
        }
    }

    protected TestPostgres() throws SQLException {
        String name = "test_" + COUNT.incrementAndGet();
        try (Connection connection = Server.RUNNING.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        }
        this.url = Server.RUNNING.getJdbcUrl("postgres", name);
        this.pool = pool(url);
    }

    private static HikariDataSource pool(String url) {
        HikariConfig settings = new HikariConfig();
        settings.setJdbcUrl(url);
        settings.setMaximumPoolSize(5);
        settings.setConnectionTimeout(10_000);
        settings.setInitializationFailTimeout(-1);
        return new HikariDataSource(settings);
    }

    public String url() {
        return url;
    }

    public int port() {
        return Server.RUNNING.getPort();
    }

    /** Connections to a database that may have no tables yet. */
    protected final DataSource pool() {
        return pool;
    }

    /** Connections to a database that has its tables. */
    public abstract DataSource migrated();

    /** A connection outside the pool. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url);
    }

    /** The first column of the first row. */
    public String ask(String sql, Object... arguments) throws SQLException {
        try (Connection connection = migrated().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int at = 0; at < arguments.length; at++) {
                statement.setObject(at + 1, arguments[at]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? String.valueOf(rows.getString(1)) : "no row";
            }
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
