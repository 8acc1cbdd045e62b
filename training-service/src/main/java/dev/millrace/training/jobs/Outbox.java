package dev.millrace.training.jobs;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** What has happened and is to be told: kept until it has been. Told at least once, in the order of its numbers. */
public final class Outbox {
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
        // in one statement: between two of them more may have come, letters then whose events the first has not seen
        String sql = """
                select o.number, o.adapter_of, o.adapter_gone,
                       e.number as event_number, e.job_id, e.at, e.status, e.message, e.step, e.metrics, e.sample
                from training.outbox o left join training.event e on e.number = o.event_number
                order by o.number limit ?""";
        try (Connection connection = database.getConnection();
                PreparedStatement select = Sql.prepare(connection, sql, limit);
                ResultSet row = select.executeQuery()) {
            List<Letter> letters = new ArrayList<>();
            while (row.next()) {
                letters.add(new Letter(
                        row.getLong("number"),
                        row.getString("job_id") == null
                                ? Optional.empty()
                                : Optional.of(EventTable.event(row, "event_number")),
                        Optional.ofNullable(row.getString("adapter_of")),
                        Optional.ofNullable(row.getString("adapter_gone"))));
            }
            return letters;
        }
    }

    /** They have been told. */
    public void remove(List<Letter> letters) throws SQLException {
        try (Connection connection = database.getConnection()) {
            Sql.update(connection, "delete from training.outbox where number = any (?)", (Object)
                    letters.stream().map(Letter::number).toArray(Long[]::new));
        }
    }
}
