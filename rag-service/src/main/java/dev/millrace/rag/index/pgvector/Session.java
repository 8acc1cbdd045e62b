package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.IndexAwayException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;

/** One connection, and a transaction on it that ends with {@link #commit}; what isn't committed is undone at the end. */
final class Session implements AutoCloseable {
    /** Classes of SQL states that say nothing of the statement: connection, resources, shutdown, conflict. */
    private static final Set<String> AWAY = Set.of("08", "53", "57", "40");
    /** A collection that was deleted since its table was looked up. */
    private static final String NO_SUCH_TABLE = "42P01";

    private final Connection connection;

    private Session(Connection connection) {
        this.connection = connection;
    }

    static Session open(DataSource database) {
        try {
            Connection connection = database.getConnection();
            connection.setAutoCommit(false);
            return new Session(connection);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Statements without values. */
    void run(String statements) {
        try (Statement statement = connection.createStatement()) {
            statement.execute(statements);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    void change(String statement, Object... values) {
        try (PreparedStatement prepared = prepare(statement, List.of(values))) {
            prepared.executeUpdate();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** The same statement for each row of values. */
    void changeAll(String statement, List<List<Object>> rows) {
        try (PreparedStatement prepared = connection.prepareStatement(statement)) {
            for (List<Object> row : rows) {
                bind(prepared, row);
                prepared.addBatch();
            }
            prepared.executeBatch();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    <T> List<T> list(Row<T> row, String query, Object... values) {
        return list(row, query, List.of(values));
    }

    <T> List<T> list(Row<T> row, String query, List<Object> values) {
        try (PreparedStatement prepared = prepare(query, values);
                ResultSet rows = prepared.executeQuery()) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
                all.add(row.read(rows));
            }
            return all;
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    private PreparedStatement prepare(String statement, List<Object> values) throws SQLException {
        PreparedStatement prepared = connection.prepareStatement(statement);
        bind(prepared, values);
        return prepared;
    }

    private void bind(PreparedStatement prepared, List<Object> values) throws SQLException {
        for (int i = 0; i < values.size(); i++) {
            switch (values.get(i)) {
                case String[] texts -> prepared.setArray(i + 1, connection.createArrayOf("text", texts));
                case Long[] numbers -> prepared.setArray(i + 1, connection.createArrayOf("bigint", numbers));
                case Double[] numbers -> prepared.setArray(i + 1, connection.createArrayOf("float8", numbers));
                case Object value -> prepared.setObject(i + 1, value);
            }
        }
    }

    void commit() {
        try {
            connection.commit();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** Undoes what isn't committed. */
    void rollback() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    @Override
    public void close() {
        try (connection) {
            connection.rollback();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    private static RuntimeException failure(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        boolean passes = e instanceof SQLTransientException
                || e instanceof SQLRecoverableException
                || state.equals(NO_SUCH_TABLE)
                || AWAY.stream().anyMatch(state::startsWith);
        return passes ? new IndexAwayException(e) : new IllegalStateException("PostgreSQL refused a statement", e);
    }
}
