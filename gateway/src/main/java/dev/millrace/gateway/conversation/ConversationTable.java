package dev.millrace.gateway.conversation;

import dev.millrace.gateway.conversation.KeptResponse.Turn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The table {@code gateway.response}. */
public final class ConversationTable implements Conversations {
    private final DataSource database;

    public ConversationTable(DataSource database) {
        this.database = database;
    }

    @Override
    public void keep(KeptResponse response) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("insert into gateway.response (id, tenant, created_at, response,"
                                + " input, roles, texts) values (?,?,?,?,?,?,?)")) {
            statement.setString(1, response.id());
            statement.setString(2, response.tenant());
            statement.setTimestamp(3, Timestamp.from(response.createdAt()));
            statement.setString(4, response.response());
            statement.setString(5, response.input());
            statement.setArray(
                    6,
                    connection.createArrayOf(
                            "text", response.turns().stream().map(Turn::role).toArray()));
            statement.setArray(
                    7,
                    connection.createArrayOf(
                            "text", response.turns().stream().map(Turn::text).toArray()));
            statement.executeUpdate();
        }
    }

    @Override
    public Optional<KeptResponse> find(String tenant, String id) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement("select id, tenant, created_at, response,"
                        + " input, roles, texts from gateway.response where tenant = ? and id = ?")) {
            statement.setString(1, tenant);
            statement.setString(2, id);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? Optional.of(read(rows)) : Optional.empty();
            }
        }
    }

    private static KeptResponse read(ResultSet row) throws SQLException {
        String[] roles = (String[]) row.getArray("roles").getArray();
        String[] texts = (String[]) row.getArray("texts").getArray();
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < roles.length; i++) {
            turns.add(new Turn(roles[i], texts[i]));
        }
        return new KeptResponse(
                row.getString("id"),
                row.getString("tenant"),
                row.getTimestamp("created_at").toInstant(),
                row.getString("response"),
                row.getString("input"),
                turns);
    }

    @Override
    public boolean delete(String tenant, String id) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("delete from gateway.response where tenant = ? and id = ?")) {
            statement.setString(1, tenant);
            statement.setString(2, id);
            return statement.executeUpdate() > 0;
        }
    }

    @Override
    public void deleteOlderThan(Instant time) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("delete from gateway.response where created_at < ?")) {
            statement.setTimestamp(1, Timestamp.from(time));
            statement.executeUpdate();
        }
    }
}
