package dev.millrace.rag.catalogue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** One statement at a time, its values bound in order. */
final class Sql {
    private final DataSource database;

    Sql(DataSource database) {
        this.database = database;
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    int change(String statement, @Nullable Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement prepared = prepare(connection, statement, values)) {
            return prepared.executeUpdate();
        } catch (SQLException e) {
            throw new CatalogueAwayException(e);
        }
    }

    /** The same statement with the values of each row: all of it or, after an error, nothing. */
    void changeAll(String statement, List<Object[]> rows) {
        try (Connection connection = database.getConnection();
                PreparedStatement prepared = connection.prepareStatement(statement)) {
            // the pool takes back what isn't committed, and this with it
            connection.setAutoCommit(false);
            for (Object[] values : rows) {
                bind(connection, prepared, values);
                prepared.addBatch();
            }
            prepared.executeBatch();
            connection.commit();
        } catch (SQLException e) {
            throw new CatalogueAwayException(e);
        }
    }

    <T> List<T> list(Row<T> row, String query, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement prepared = prepare(connection, query, values);
                ResultSet rows = prepared.executeQuery()) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
                all.add(row.read(rows));
            }
            return all;
        } catch (SQLException e) {
            throw new CatalogueAwayException(e);
        }
    }

    private static PreparedStatement prepare(Connection connection, String statement, @Nullable Object... values)
            throws SQLException {
        PreparedStatement prepared = connection.prepareStatement(statement);
        bind(connection, prepared, values);
        return prepared;
    }

    private static void bind(Connection connection, PreparedStatement prepared, @Nullable Object... values)
            throws SQLException {
        for (int i = 0; i < values.length; i++) {
            switch (values[i]) {
                case null -> prepared.setNull(i + 1, Types.NULL);
                case Instant instant -> prepared.setTimestamp(i + 1, Timestamp.from(instant));
                case String[] texts -> prepared.setArray(i + 1, connection.createArrayOf("text", texts));
                case Object value -> prepared.setObject(i + 1, value);
            }
        }
    }
}
