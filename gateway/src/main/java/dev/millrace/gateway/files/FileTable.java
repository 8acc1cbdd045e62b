package dev.millrace.gateway.files;

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
import org.jspecify.annotations.Nullable;

/** The table {@code gateway.file}. */
public final class FileTable {
    private static final String COLUMNS = "id, tenant, filename, purpose, bytes, created_at, expires_at";
    private static final String LIVING = "(expires_at is null or expires_at > clock_timestamp())";

    private final DataSource database;

    public FileTable(DataSource database) {
        this.database = database;
    }

    /**
     * A part of a tenant's files.
     *
     * @param after the file that the part before it ended with
     * @param newestFirst else the oldest are
     */
    public record Page(Optional<StoredFile> after, int limit, boolean newestFirst, Optional<String> purpose) {}

    void insert(StoredFile file) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "insert into gateway.file (" + COLUMNS + ") values (?, ?, ?, ?, ?, ?, ?)")) {
            statement.setString(1, file.id());
            statement.setString(2, file.tenant());
            statement.setString(3, file.filename());
            statement.setString(4, file.purpose());
            statement.setLong(5, file.bytes());
            statement.setTimestamp(6, Timestamp.from(file.createdAt()));
            statement.setTimestamp(7, file.expiresAt().map(Timestamp::from).orElse(null));
            statement.executeUpdate();
        }
    }

    Optional<StoredFile> find(String tenant, String id) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "select " + COLUMNS + " from gateway.file where tenant = ? and id = ? and " + LIVING)) {
            statement.setString(1, tenant);
            statement.setString(2, id);
            return read(statement).stream().findFirst();
        }
    }

    List<StoredFile> list(String tenant, Page page) throws SQLException {
        String order = page.newestFirst() ? "desc" : "asc";
        String beyond = page.newestFirst() ? "<" : ">";
        String sql = "select " + COLUMNS + " from gateway.file where tenant = ? and " + LIVING
                + (page.purpose().isPresent() ? " and purpose = ?" : "")
                + (page.after().isPresent() ? " and (created_at, id) " + beyond + " (?, ?)" : "")
                + " order by created_at " + order + ", id " + order + " limit ?";
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            int at = 1;
            statement.setString(at++, tenant);
            if (page.purpose().isPresent()) {
                statement.setString(at++, page.purpose().get());
            }
            if (page.after().isPresent()) {
                statement.setTimestamp(at++, Timestamp.from(page.after().get().createdAt()));
                statement.setString(at++, page.after().get().id());
            }
            statement.setInt(at, page.limit());
            return read(statement);
        }
    }

    /** @return whether it was there */
    boolean delete(String tenant, String id) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("delete from gateway.file where tenant = ? and id = ?")) {
            statement.setString(1, tenant);
            statement.setString(2, id);
            return statement.executeUpdate() > 0;
        }
    }

    /** Deletes those whose time is over, and names them. */
    List<String> deleteExpired() throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "delete from gateway.file where expires_at <= clock_timestamp() returning id");
                ResultSet rows = statement.executeQuery()) {
            List<String> ids = new ArrayList<>();
            while (rows.next()) {
                ids.add(rows.getString("id"));
            }
            return ids;
        }
    }

    private static List<StoredFile> read(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            List<StoredFile> files = new ArrayList<>();
            while (rows.next()) {
                @Nullable Timestamp expiresAt = rows.getTimestamp("expires_at");
                files.add(new StoredFile(
                        rows.getString("id"),
                        rows.getString("tenant"),
                        rows.getString("filename"),
                        rows.getString("purpose"),
                        rows.getLong("bytes"),
                        rows.getTimestamp("created_at").toInstant(),
                        expiresAt == null ? Optional.<Instant>empty() : Optional.of(expiresAt.toInstant())));
            }
            return files;
        }
    }
}
