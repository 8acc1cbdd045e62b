package dev.millrace.gateway.keys;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The table {@code gateway.api_key}. Its trigger tells every gateway of a change (see {@link KeyChanges}). */
public final class KeyTable {
    private static final String COLUMNS = "id, name, shown, scopes, models, requests_per_minute, tokens_per_minute,"
            + " parallel_requests, tokens_per_month, created_at, expires_at, revoked_at, last_used_at";

    private final DataSource database;

    public KeyTable(DataSource database) {
        this.database = database;
    }

    void insert(ApiKey key, Secret.Hash hash) throws SQLException {
        insert(key, hash, "");
    }

    /** Does nothing where the id or the hash is a key's already. */
    void insertIfAbsent(ApiKey key, Secret.Hash hash) throws SQLException {
        insert(key, hash, " on conflict do nothing");
    }

    private void insert(ApiKey key, Secret.Hash hash, String onConflict) throws SQLException {
        String sql =
                "insert into gateway.api_key (" + COLUMNS + ", hash) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)" + onConflict;
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, key.id());
            statement.setString(2, key.name());
            statement.setString(3, key.shown());
            statement.setArray(
                    4, texts(connection, key.scopes().stream().map(Scope::label).toList()));
            statement.setArray(
                    5,
                    texts(
                            connection,
                            key.models().stream().map(ModelPattern::text).toList()));
            setInteger(statement, 6, key.limits().requestsPerMinute());
            setLong(statement, 7, key.limits().tokensPerMinute());
            setInteger(statement, 8, key.limits().parallelRequests());
            setLong(statement, 9, key.limits().tokensPerMonth());
            setInstant(statement, 10, Optional.of(key.createdAt()));
            setInstant(statement, 11, key.expiresAt());
            setInstant(statement, 12, key.revokedAt());
            setInstant(statement, 13, key.lastUsedAt());
            statement.setBytes(14, HexFormat.of().parseHex(hash.hex()));
            statement.executeUpdate();
        }
    }

    Optional<ApiKey> find(Secret.Hash hash) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("select " + COLUMNS + " from gateway.api_key where hash = ?")) {
            statement.setBytes(1, HexFormat.of().parseHex(hash.hex()));
            return first(statement);
        }
    }

    Optional<ApiKey> find(String id) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("select " + COLUMNS + " from gateway.api_key where id = ?")) {
            statement.setString(1, id);
            return first(statement);
        }
    }

    /** Those of the hashes that are keys. */
    Map<Secret.Hash, ApiKey> find(Set<Secret.Hash> hashes) throws SQLException {
        if (hashes.isEmpty()) {
            return Map.of();
        }
        byte[][] wanted =
                hashes.stream().map(hash -> HexFormat.of().parseHex(hash.hex())).toArray(byte[][]::new);
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "select " + COLUMNS + ", hash from gateway.api_key where hash = any(?)")) {
            statement.setArray(1, connection.createArrayOf("bytea", wanted));
            try (ResultSet rows = statement.executeQuery()) {
                Map<Secret.Hash, ApiKey> keys = new HashMap<>();
                while (rows.next()) {
                    keys.put(new Secret.Hash(HexFormat.of().formatHex(rows.getBytes("hash"))), read(rows));
                }
                return keys;
            }
        }
    }

    /** All keys, the newest first. */
    List<ApiKey> all() throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "select " + COLUMNS + " from gateway.api_key order by created_at desc, id");
                ResultSet rows = statement.executeQuery()) {
            List<ApiKey> keys = new ArrayList<>();
            while (rows.next()) {
                keys.add(read(rows));
            }
            return keys;
        }
    }

    /** Revokes a key; one that is revoked already keeps its time. Empty where there is no such key. */
    Optional<ApiKey> revoke(String id, Instant at) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("update gateway.api_key set revoked_at = coalesce(revoked_at, ?)"
                                + " where id = ? returning " + COLUMNS)) {
            setInstant(statement, 1, Optional.of(at));
            statement.setString(2, id);
            return first(statement);
        }
    }

    /** Gives a key another secret; one that is revoked keeps what it had. Empty where there is no such key that is valid. */
    Optional<ApiKey> rotate(String id, String shown, Secret.Hash hash) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("update gateway.api_key set shown = ?, hash = ?"
                                + " where id = ? and revoked_at is null returning " + COLUMNS)) {
            statement.setString(1, shown);
            statement.setBytes(2, HexFormat.of().parseHex(hash.hex()));
            statement.setString(3, id);
            return first(statement);
        }
    }

    private static Optional<ApiKey> first(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? Optional.of(read(rows)) : Optional.empty();
        }
    }

    private static ApiKey read(ResultSet row) throws SQLException {
        Set<Scope> scopes = new LinkedHashSet<>();
        for (String label : strings(row, "scopes")) {
            scopes.add(Scope.of(label));
        }
        List<ModelPattern> models =
                strings(row, "models").stream().map(ModelPattern::new).toList();
        KeyLimits limits = new KeyLimits(
                integer(row, "requests_per_minute"),
                number(row, "tokens_per_minute"),
                integer(row, "parallel_requests"),
                number(row, "tokens_per_month"));
        return new ApiKey(
                row.getString("id"),
                row.getString("name"),
                row.getString("shown"),
                scopes,
                models,
                limits,
                row.getTimestamp("created_at").toInstant(),
                instant(row, "expires_at"),
                instant(row, "revoked_at"),
                instant(row, "last_used_at"));
    }

    private static Array texts(Connection connection, List<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray());
    }

    private static List<String> strings(ResultSet row, String column) throws SQLException {
        return List.of((String[]) row.getArray(column).getArray());
    }

    private static void setInteger(PreparedStatement statement, int at, OptionalInt value) throws SQLException {
        statement.setObject(at, value.isPresent() ? value.getAsInt() : null, Types.INTEGER);
    }

    private static void setLong(PreparedStatement statement, int at, OptionalLong value) throws SQLException {
        statement.setObject(at, value.isPresent() ? value.getAsLong() : null, Types.BIGINT);
    }

    private static void setInstant(PreparedStatement statement, int at, Optional<Instant> value) throws SQLException {
        statement.setTimestamp(at, value.map(Timestamp::from).orElse(null));
    }

    private static OptionalInt integer(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static OptionalLong number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        @Nullable Timestamp value = row.getTimestamp(column);
        return value == null ? Optional.empty() : Optional.of(value.toInstant());
    }
}
