package dev.millrace.training.jobs;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Events of jobs, each written with its place in the outbox. */
final class EventTable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final TypeReference<Map<String, Double>> METRICS = new TypeReference<>() {};

    private EventTable() {}

    static void tell(
            Connection connection, String id, JobStatus status, String message, long step, Map<String, Double> metrics)
            throws SQLException {
        insertEvent(connection, id, status.word(), message, step, JSON.writeValueAsString(metrics), "");
    }

    static void tell(Connection connection, String id, Said said) throws SQLException {
        String sample = JSON.writeValueAsString(said.sample());
        insertEvent(connection, id, JobStatus.RUNNING.word(), said.words(), said.step(), "{}", sample);
    }

    private static void insertEvent(Connection connection, Object... values) throws SQLException {
        Sql.update(
                connection,
                "with told as (insert into training.event (job_id, status, message, step, metrics, sample) values (?, ?, ?,"
                        + " ?, ?::jsonb, nullif(?, '')::jsonb) returning number)"
                        + " insert into training.outbox (event_number) select number from told",
                values);
    }

    static List<JobEvent> events(Connection connection, String where, Object... arguments) throws SQLException {
        List<JobEvent> events = new ArrayList<>();
        try (PreparedStatement select = Sql.prepare(
                        connection,
                        "select number, job_id, at, status, message, step, metrics, sample from training.event "
                                + where,
                        arguments);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                events.add(event(row, "number"));
            }
        }
        return events;
    }

    static JobEvent event(ResultSet row, String number) throws SQLException {
        return new JobEvent(
                row.getLong(number),
                row.getString("job_id"),
                row.getTimestamp("at").toInstant(),
                JobStatus.of(row.getString("status")),
                row.getString("message"),
                row.getLong("step"),
                JSON.readValue(row.getString("metrics"), METRICS),
                Optional.ofNullable(row.getString("sample"))
                        .map(sample -> JSON.readValue(sample, JobEvent.Sample.class)));
    }
}
