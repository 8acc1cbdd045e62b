package dev.millrace.training.jobs;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What has happened and is to be told: kept until it has been. Told at least once, in the order of its numbers. */
public final class Outbox {
    private static final TypeReference<Map<String, Double>> METRICS = new TypeReference<>() {};

    private final DataSource database;

    /**
     * @param event something that happened
     * @param adapterOf the job whose adapter was published
     * @param adapterGone the name of an adapter that was deleted
     */
    public record Letter(
            long number, Optional<JobEvent> event, Optional<String> adapterOf, Optional<String> adapterGone) {}

    Outbox(DataSource database) {
        this.database = database;
    }

    /** The oldest letters. */
    public List<Letter> next(int limit) throws SQLException {
        try (Connection connection = database.getConnection()) {
            Map<Long, JobEvent> events = new HashMap<>();
            List<Letter> letters = new ArrayList<>();
            for (JobEvent event : events(
                    connection,
                    "where number in (select event_number from training.outbox order by number limit ?)",
                    limit)) {
                events.put(event.number(), event);
            }
            try (PreparedStatement select = JobTable.prepare(
                            connection,
                            "select number, event_number, adapter_of, adapter_gone from training.outbox order by number limit ?",
                            limit);
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    letters.add(new Letter(
                            row.getLong("number"),
                            Optional.ofNullable(events.get(row.getLong("event_number"))),
                            Optional.ofNullable(row.getString("adapter_of")),
                            Optional.ofNullable(row.getString("adapter_gone"))));
                }
            }
            return letters;
        }
    }

    /** They have been told. */
    public void remove(List<Letter> letters) throws SQLException {
        try (Connection connection = database.getConnection()) {
            JobTable.update(connection, "delete from training.outbox where number = any (?)", (Object)
                    letters.stream().map(Letter::number).toArray(Long[]::new));
        }
    }

    static List<JobEvent> events(Connection connection, String where, Object... arguments) throws SQLException {
        List<JobEvent> events = new ArrayList<>();
        try (PreparedStatement select = JobTable.prepare(
                        connection,
                        "select number, job_id, at, status, message, step, metrics from training.event " + where,
                        arguments);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                events.add(new JobEvent(
                        row.getLong("number"),
                        row.getString("job_id"),
                        row.getTimestamp("at").toInstant(),
                        JobStatus.of(row.getString("status")),
                        row.getString("message"),
                        row.getLong("step"),
                        JsonMapper.shared().readValue(row.getString("metrics"), METRICS)));
            }
        }
        return events;
    }
}
