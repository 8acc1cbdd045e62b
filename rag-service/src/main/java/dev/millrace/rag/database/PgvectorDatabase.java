package dev.millrace.rag.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PostgreSQL that keeps documents' chunks: its own connections, so that a change which holds one never waits for the
 * catalogue's, the extension pgvector, and the schema {@code rag_index}.
 */
public final class PgvectorDatabase implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PgvectorDatabase.class);
    private static final String NAME = "rag_index";
    private static final int CONNECTIONS = 8;
    private static final int CONNECTION_TIMEOUT_MILLIS = 2_000;
    private static final int VALIDATION_TIMEOUT_SECONDS = 1;
    /** A long document's chunks take minutes to join a graph, and others wait for them. */
    private static final int SOCKET_TIMEOUT_SECONDS = 600;
    /** Feature not supported, undefined file, no privilege: nothing that passes. */
    private static final Set<String> MISSING = Set.of("0A000", "58P01", "42501");

    private final HikariDataSource pool;
    private final Schema schema;

    /**
     * Begins to migrate; a database that can't be reached yet is tried again beside the start.
     *
     * @throws IllegalStateException if the database is there and the extension isn't
     */
    public PgvectorDatabase(String url, String username, String password) {
        pool = new HikariDataSource(settings(url, username, password));
        try {
            prepare(pool);
        } catch (SQLException e) {
            if (MISSING.contains(String.valueOf(e.getSQLState()))) {
                pool.close();
                throw new IllegalStateException(
                        "millrace.rag.index is pgvector, but the database at " + url + " hasn't the extension: CREATE"
                                + " EXTENSION vector failed: " + e.getMessage()
                                + ". Install pgvector 0.5 or newer on the server and have CREATE EXTENSION vector run once by a role that may, or set"
                                + " millrace.rag.index to lucene",
                        e);
            }
            log.warn("the database of the documents' index can't be reached yet: {}", e.getMessage());
        }
        schema = new Schema(pool, NAME, PgvectorDatabase::prepare);
    }

    private static HikariConfig settings(String url, String username, String password) {
        HikariConfig settings = new HikariConfig();
        settings.setPoolName("rag-index");
        settings.setJdbcUrl(url);
        settings.setUsername(username);
        settings.setPassword(password);
        settings.setInitializationFailTimeout(-1);
        settings.setConnectionTimeout(CONNECTION_TIMEOUT_MILLIS);
        settings.setMaximumPoolSize(CONNECTIONS);
        settings.setMinimumIdle(1);
        settings.addDataSourceProperty("ApplicationName", "millrace-rag-index");
        settings.addDataSourceProperty("connectTimeout", "2");
        settings.addDataSourceProperty("socketTimeout", Integer.toString(SOCKET_TIMEOUT_SECONDS));
        settings.addDataSourceProperty("tcpKeepAlive", "true");
        return settings;
    }

    /** Outside the migrations: those would make the extension in the schema of the chunks, where no other user would see it. */
    private static void prepare(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            if (!exists(statement, "pg_extension where extname = 'vector'")) {
                statement.execute("create extension if not exists vector");
            }
            if (!exists(statement, "pg_am where amname = 'hnsw'")) {
                throw new SQLException("this version of it has no HNSW", "0A000");
            }
        }
    }

    private static boolean exists(Statement statement, String what) throws SQLException {
        try (ResultSet rows = statement.executeQuery("select 1 from " + what)) {
            return rows.next();
        }
    }

    /** Its connections are handed out once the schema is what this version expects. */
    public DataSource database() {
        return schema.database();
    }

    /**
     * Returns where it can be used.
     *
     * @throws SQLException that says why it can't
     */
    public void check() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            if (!connection.isValid(VALIDATION_TIMEOUT_SECONDS)) {
                throw new SQLException("the connection is broken");
            }
        }
        if (!schema.isMigrated()) {
            throw new SQLException("the schema " + NAME + " has not been migrated yet");
        }
    }

    @Override
    public void close() {
        schema.close();
        pool.close();
    }
}
