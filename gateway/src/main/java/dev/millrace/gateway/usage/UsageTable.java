package dev.millrace.gateway.usage;

import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;

/** The tables {@code gateway.usage} and {@code gateway.usage_by_day}. */
public final class UsageTable implements MonthlyUse {
    private static final String INSERT = """
            with arrived as (
                insert into gateway.usage (request_id, key_id, model, endpoint, prompt_tokens, completion_tokens,
                    cached_tokens, status, started_at, duration_millis, streamed)
                select * from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[],
                    ?::bigint[], ?::integer[], ?::timestamptz[], ?::bigint[], ?::boolean[])
                on conflict (request_id) do nothing
                returning *
            ), summed as (
                insert into gateway.usage_by_day as known
                    (day, key_id, model, requests, prompt_tokens, completion_tokens, cached_tokens)
                select (started_at at time zone 'UTC')::date, key_id, model, count(*), sum(prompt_tokens),
                    sum(completion_tokens), sum(cached_tokens)
                from arrived group by 1, 2, 3 order by 2, 1, 3
                on conflict (key_id, day, model) do update set
                    requests = known.requests + excluded.requests,
                    prompt_tokens = known.prompt_tokens + excluded.prompt_tokens,
                    completion_tokens = known.completion_tokens + excluded.completion_tokens,
                    cached_tokens = known.cached_tokens + excluded.cached_tokens
            ), used as (
                update gateway.api_key set last_used_at = greatest(last_used_at, latest.started_at)
                from (select key_id, max(started_at) as started_at from arrived group by key_id) latest
                where id = latest.key_id
            )
            select count(*) from arrived
            """;

    private final DataSource database;

    public UsageTable(DataSource database) {
        this.database = database;
    }

    /**
     * Stores records, all or none; those that are there already are left as they are.
     *
     * @return how many were new
     */
    public int insert(List<RequestUsage> records) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(INSERT)) {
            Columns columns = new Columns(connection, statement, records);
            columns.set(1, "text", RequestUsage::requestId);
            columns.set(2, "text", RequestUsage::keyId);
            columns.set(3, "text", RequestUsage::model);
            columns.set(4, "text", RequestUsage::endpoint);
            columns.set(5, "bigint", RequestUsage::promptTokens);
            columns.set(6, "bigint", RequestUsage::completionTokens);
            columns.set(7, "bigint", RequestUsage::cachedTokens);
            columns.set(8, "integer", RequestUsage::status);
            columns.set(9, "timestamptz", usage -> Timestamp.from(usage.startedAt()));
            columns.set(10, "bigint", usage -> usage.duration().toMillis());
            columns.set(11, "boolean", RequestUsage::streamed);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    private record Columns(Connection connection, PreparedStatement statement, List<RequestUsage> records) {
        void set(int at, String type, Function<RequestUsage, Object> column) throws SQLException {
            statement.setArray(
                    at,
                    connection.createArrayOf(type, records.stream().map(column).toArray()));
        }
    }

    @Override
    public Map<String, Stored> read(YearMonth month, Map<String, Set<String>> requests) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            // one snapshot for both: a request counts as arrived exactly if its tokens are in the sum
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            try {
                Map<String, Long> sums = sums(connection, month, requests.keySet());
                Set<String> arrived = arrived(connection, requests);
                Map<String, Stored> stored = new HashMap<>();
                requests.forEach((keyId, asked) -> {
                    Set<String> found = new HashSet<>(asked);
                    found.retainAll(arrived);
                    stored.put(keyId, new Stored(sums.getOrDefault(keyId, 0L), found));
                });
                return stored;
            } finally {
                connection.rollback();
            }
        }
    }

    private static Map<String, Long> sums(Connection connection, YearMonth month, Set<String> keyIds)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                select key_id, sum(prompt_tokens + completion_tokens) from gateway.usage_by_day
                where key_id = any(?) and day between ? and ? group by key_id
                """)) {
            statement.setArray(1, connection.createArrayOf("text", keyIds.toArray()));
            statement.setObject(2, month.atDay(1));
            statement.setObject(3, month.atEndOfMonth());
            try (ResultSet rows = statement.executeQuery()) {
                Map<String, Long> sums = new HashMap<>();
                while (rows.next()) {
                    sums.put(rows.getString(1), rows.getLong(2));
                }
                return sums;
            }
        }
    }

    private static Set<String> arrived(Connection connection, Map<String, Set<String>> requests) throws SQLException {
        Object[] asked = requests.values().stream().flatMap(Set::stream).toArray();
        Set<String> arrived = new HashSet<>();
        if (asked.length == 0) {
            return arrived;
        }
        try (PreparedStatement statement =
                connection.prepareStatement("select request_id from gateway.usage where request_id = any(?)")) {
            statement.setArray(1, connection.createArrayOf("text", asked));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    arrived.add(rows.getString(1));
                }
            }
        }
        return arrived;
    }

    /** What a report may be broken down by. */
    public enum Dimension {
        DAY("day"),
        KEY("key_id"),
        MODEL("model");

        private final String column;

        Dimension(String column) {
            this.column = column;
        }
    }

    /**
     * Which usage a report is of.
     *
     * @param from  the first day (UTC)
     * @param to    the last day
     * @param keyId empty for all keys
     * @param model empty for all models
     * @param by    what it is broken down by; empty for one sum
     */
    public record Question(
            LocalDate from, LocalDate to, Optional<String> keyId, Optional<String> model, List<Dimension> by) {
        public Question {
            if (to.isBefore(from)) {
                throw new IllegalArgumentException("'to' must not be before 'from', was " + to + " and " + from);
            }
            by = List.copyOf(by);
        }
    }

    /** A sum, and what it is the sum of. */
    public record Total(
            Optional<LocalDate> day,
            Optional<String> keyId,
            Optional<String> model,
            long requests,
            long promptTokens,
            long completionTokens,
            long cachedTokens) {}

    /** Sums in the order of what they are broken down by. */
    public List<Total> report(Question question) throws SQLException {
        // constants of ours: nothing that a caller wrote comes into the statement's text
        String groups = question.by().stream()
                .map(by -> by.column)
                .reduce((first, second) -> first + ", " + second)
                .orElse("");
        String sql = "select " + (groups.isEmpty() ? "" : groups + ", ")
                + "sum(requests) as requests, sum(prompt_tokens) as prompt_tokens,"
                + " sum(completion_tokens) as completion_tokens, sum(cached_tokens) as cached_tokens"
                + " from gateway.usage_by_day where day between ? and ?"
                + (question.keyId().isPresent() ? " and key_id = ?" : "")
                + (question.model().isPresent() ? " and model = ?" : "")
                + (groups.isEmpty() ? " having count(*) > 0" : " group by " + groups + " order by " + groups);
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            int at = 1;
            statement.setDate(at++, Date.valueOf(question.from()));
            statement.setDate(at++, Date.valueOf(question.to()));
            if (question.keyId().isPresent()) {
                statement.setString(at++, question.keyId().get());
            }
            if (question.model().isPresent()) {
                statement.setString(at, question.model().get());
            }
            try (ResultSet rows = statement.executeQuery()) {
                List<Total> totals = new ArrayList<>();
                while (rows.next()) {
                    totals.add(total(rows, question.by()));
                }
                return totals;
            }
        }
    }

    private static Total total(ResultSet row, List<Dimension> by) throws SQLException {
        return new Total(
                by.contains(Dimension.DAY) ? Optional.of(row.getObject("day", LocalDate.class)) : Optional.empty(),
                by.contains(Dimension.KEY) ? Optional.of(row.getString("key_id")) : Optional.empty(),
                by.contains(Dimension.MODEL) ? Optional.of(row.getString("model")) : Optional.empty(),
                row.getLong("requests"),
                row.getLong("prompt_tokens"),
                row.getLong("completion_tokens"),
                row.getLong("cached_tokens"));
    }
}
