package dev.millrace.rag.catalogue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;

/** One of all processes with this database holds it; PostgreSQL takes it from one whose connection ends. */
public final class AdvisoryLock {
    private static final String KEY = "(hashtextextended(?, 0))";

    private final DataSource database;
    private final String name;

    AdvisoryLock(DataSource database, String name) {
        this.database = database;
        this.name = name;
    }

    /** Keeps a connection until it is closed. */
    public final class Held implements AutoCloseable {
        private final Connection connection;

        private Held(Connection connection) {
            this.connection = connection;
        }

        /** Whether its connection has lasted. */
        public boolean lasts() {
            try {
                return connection.isValid(1);
            } catch (SQLException broken) {
                return false;
            }
        }

        @Override
        public void close() {
            try (connection) {
                call(connection, "pg_advisory_unlock");
            } catch (SQLException e) {
                throw new CatalogueAwayException(e);
            }
        }
    }

    /** Empty while another holds it. */
    Optional<Held> take() {
        try {
            Connection connection = database.getConnection();
            boolean taken = false;
            try {
                taken = call(connection, "pg_try_advisory_lock");
            } finally {
                if (!taken) {
                    connection.close();
                }
            }
            return taken ? Optional.of(new Held(connection)) : Optional.empty();
        } catch (SQLException e) {
            throw new CatalogueAwayException(e);
        }
    }

    private boolean call(Connection connection, String function) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select " + function + KEY)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
