package dev.millrace.training.jobs;

import dev.millrace.training.train.StepReport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import javax.sql.DataSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Jobs in PostgreSQL. A service holds a job for a while at a time, and changes it only as long as it holds it; each change is
 * written together with the event that tells of it, and with its place in the outbox.
 */
public final class JobTable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String COLUMNS =
            "id, spec, status, created_at, started_at, first_step_at, last_step_at, finished_at, start_step, step,"
                    + " total_steps, trained_tokens, error_code, error_message";

    private final DataSource database;

    public JobTable(DataSource database) {
        this.database = database;
    }

    /** Takes a job in, if there is none of that id: the same request may come twice. */
    public boolean insert(String id, JobSpec spec) throws SQLException {
        return Sql.transaction(database, connection -> {
            int made = Sql.update(
                    connection,
                    "insert into training.job (id, tenant, priority, spec, status) values (?, ?, ?, ?::jsonb, 'queued')"
                            + " on conflict do nothing",
                    id,
                    spec.tenant(),
                    spec.priority(),
                    JSON.writeValueAsString(spec));
            if (made == 1) {
                EventTable.tell(connection, id, JobStatus.QUEUED, "The job is queued", 0, Map.of());
            }
            return made == 1;
        });
    }

    /** Keeps a job that can't be done, so that who asked for it learns why. */
    boolean insertFailed(String id, JobSpec spec, String code, String message) throws SQLException {
        return Sql.transaction(database, connection -> {
            int made = Sql.update(
                    connection,
                    "insert into training.job (id, tenant, priority, spec, status, finished_at, error_code,"
                            + " error_message) values (?, ?, ?, ?::jsonb, 'failed', clock_timestamp(), ?, ?)"
                            + " on conflict do nothing",
                    id,
                    spec.tenant(),
                    spec.priority(),
                    JSON.writeValueAsString(spec),
                    code,
                    message);
            if (made == 1) {
                EventTable.tell(connection, id, JobStatus.FAILED, message, 0, Map.of());
            }
            return made == 1;
        });
    }

    public Optional<Job> find(String id) throws SQLException {
        return Sql.transaction(database, connection -> find(connection, id));
    }

    private static Optional<Job> find(Connection connection, String id) throws SQLException {
        try (PreparedStatement select =
                Sql.prepare(connection, "select " + COLUMNS + " from training.job where id = ?", id)) {
            return jobs(select).stream().findFirst();
        }
    }

    /**
     * The newest first.
     *
     * @param tenant empty for all
     * @param after the last one of the page before; empty for the first page
     * @param metadata that jobs have; empty for all
     */
    public List<Job> list(String tenant, String after, Map<String, String> metadata, int limit) throws SQLException {
        return Sql.transaction(database, connection -> {
            try (PreparedStatement select = Sql.prepare(
                    connection,
                    "select " + COLUMNS + " from training.job where (? = '' or tenant = ?) and (? = '' or"
                            + " (created_at, id) < (select created_at, id from training.job where id = ?))"
                            + " and coalesce(spec -> 'metadata', '{}') @> ?::jsonb"
                            + " order by created_at desc, id desc limit ?",
                    tenant,
                    tenant,
                    after,
                    after,
                    JSON.writeValueAsString(metadata),
                    limit)) {
                return jobs(select);
            }
        });
    }

    /**
     * Jobs that have succeeded, and whose result has that name; the newest first.
     *
     * @param tenant empty for all
     */
    List<Job> makers(String name, String tenant) throws SQLException {
        return Sql.transaction(database, connection -> {
            try (PreparedStatement select = Sql.prepare(
                    connection,
                    "select " + COLUMNS + " from training.job where status = 'succeeded' and spec ->> 'adapter' = ?"
                            + " and (? = '' or tenant = ?) order by created_at desc",
                    name,
                    tenant,
                    tenant)) {
                return jobs(select);
            }
        });
    }

    /**
     * Takes the next job in hand: one that waits, or one whose holder was not heard of in time. Higher priorities first, then
     * tenants that have fewer in hand, then the oldest.
     */
    Optional<Job> claim(String holder, Duration lease) throws SQLException {
        return Sql.transaction(database, connection -> {
            try (PreparedStatement claim = Sql.prepare(
                    connection,
                    "update training.job set holder = ?, held_until = clock_timestamp() + ? * interval '1 millisecond',"
                            + " status = case status when 'queued' then 'validating_files' else status end where id = ("
                            + "select id from training.job j where status = 'queued' or (status in ('validating_files',"
                            + " 'running') and held_until < clock_timestamp()) order by priority desc,"
                            + " (select count(*) from training.job o where o.tenant = j.tenant and o.status in"
                            + " ('validating_files', 'running') and o.held_until >= clock_timestamp()), created_at"
                            + " limit 1 for update skip locked) returning " + COLUMNS,
                    holder,
                    lease.toMillis())) {
                return jobs(claim).stream().findFirst();
            }
        });
    }

    /** Holds on to a job, and hears what its user wants of it. */
    Hold renew(String id, String holder, Duration lease) throws SQLException {
        return Sql.transaction(database, connection -> {
            try (PreparedStatement renewal = Sql.prepare(
                            connection,
                            "update training.job set held_until = clock_timestamp() + ? * interval '1 millisecond'"
                                    + " where id = ? and holder = ? and status in ('validating_files', 'running')"
                                    + " returning coalesce(wish, '')",
                            lease.toMillis(),
                            id,
                            holder);
                    ResultSet rows = renewal.executeQuery()) {
                return rows.next() ? Hold.of(rows.getString(1)) : Hold.LOST;
            }
        });
    }

    /** Its file is good: it runs. */
    boolean running(String id, String holder, String message) throws SQLException {
        return change(id, holder, JobStatus.RUNNING, message, "started_at = null", List.of(), false);
    }

    /**
     * A worker made a step.
     *
     * @param samples of what the model says, if that was asked after the step
     */
    boolean stepped(String id, String holder, StepReport report, List<Said> samples) throws SQLException {
        return Sql.transaction(database, connection -> {
            int changed = Sql.update(
                    connection,
                    "update training.job set step = ?, total_steps = ?, trained_tokens = ?, deaths = 0,"
                            + " start_step = case when started_at is null then ? else start_step end,"
                            + " started_at = coalesce(started_at, clock_timestamp()),"
                            + " first_step_at = coalesce(first_step_at, clock_timestamp()),"
                            + " last_step_at = clock_timestamp() where id = ? and holder = ?",
                    report.step(),
                    report.totalSteps(),
                    report.trainedTokens(),
                    report.step(),
                    id,
                    holder);
            if (changed == 1) {
                Map<String, Double> metrics = new HashMap<>(report.metrics());
                metrics.put("total_steps", (double) report.totalSteps());
                EventTable.tell(connection, id, JobStatus.RUNNING, "", report.step(), metrics);
                for (Said said : samples) {
                    EventTable.tell(connection, id, said);
                }
            }
            return changed == 1;
        });
    }

    /** A worker died: how often since the last step, this time included. */
    OptionalInt died(String id, String holder, String message) throws SQLException {
        return Sql.transaction(database, connection -> {
            try (PreparedStatement update = Sql.prepare(
                            connection,
                            "update training.job set deaths = deaths + 1, started_at = null where id = ? and holder = ?"
                                    + " returning deaths",
                            id,
                            holder);
                    ResultSet rows = update.executeQuery()) {
                if (!rows.next()) {
                    return OptionalInt.empty();
                }
                EventTable.tell(connection, id, JobStatus.RUNNING, message, 0, Map.of());
                return OptionalInt.of(rows.getInt(1));
            }
        });
    }

    /** It is out of hand: paused or cancelled. */
    boolean leave(String id, String holder, JobStatus status, String message) throws SQLException {
        return change(id, holder, status, message, released(status), List.of(), false);
    }

    /**
     * It is at its end.
     *
     * @param adapter whether that is an adapter, which is to be told of
     */
    boolean succeed(String id, String holder, String message, boolean adapter) throws SQLException {
        JobStatus status = JobStatus.SUCCEEDED;
        return change(id, holder, status, message, released(status), List.of(), adapter);
    }

    boolean fail(String id, String holder, String code, String message) throws SQLException {
        return change(
                id,
                holder,
                JobStatus.FAILED,
                message,
                released(JobStatus.FAILED) + ", error_code = ?, error_message = ?",
                List.of(code, message),
                false);
    }

    private static String released(JobStatus status) {
        return "holder = null, held_until = null, wish = null"
                + (status.ended() ? ", finished_at = clock_timestamp()" : "");
    }

    private boolean change(
            String id,
            String holder,
            JobStatus status,
            String message,
            String set,
            List<Object> arguments,
            boolean adapter)
            throws SQLException {
        return Sql.transaction(database, connection -> {
            List<Object> all = new ArrayList<>(List.of(status.word()));
            all.addAll(arguments);
            all.add(id);
            all.add(holder);
            int changed = Sql.update(
                    connection,
                    "update training.job set status = ?, " + set + " where id = ? and holder = ?",
                    all.toArray());
            if (changed == 1) {
                EventTable.tell(connection, id, status, message, 0, Map.of());
                if (adapter) {
                    Sql.update(connection, "insert into training.outbox (adapter_of) values (?)", id);
                }
            }
            return changed == 1;
        });
    }

    /**
     * What a user wants of a job: at once where nobody has it in hand, else as a wish to who has.
     *
     * @return empty if there is no such job
     */
    public Optional<Job> wish(String id, Wish wish) throws SQLException {
        return Sql.transaction(database, connection -> {
            Optional<Job> found = find(connection, id);
            if (found.isEmpty()) {
                return found;
            }
            JobStatus status = found.get().status();
            if (status.held() && wish != Wish.RESUME) {
                Sql.update(connection, "update training.job set wish = ? where id = ?", wish.word, id);
            } else if (wish.possible(status)) {
                String set = wish.becomes.ended() ? ", finished_at = clock_timestamp()" : "";
                int changed = Sql.update(
                        connection,
                        "update training.job set status = ?, wish = null" + set + " where id = ? and status = ?",
                        wish.becomes.word(),
                        id,
                        status.word());
                if (changed == 1) {
                    EventTable.tell(connection, id, wish.becomes, wish.message, 0, Map.of());
                }
            } else {
                throw new WrongStateException(
                        "the job is " + status.word() + ", which is no state to " + wish.word + " it in");
            }
            return find(connection, id);
        });
    }

    /** A job is not in a state for what was wanted of it. */
    public static final class WrongStateException extends RuntimeException {
        private static final long serialVersionUID = 1;

        WrongStateException(String message) {
            super(message);
        }
    }

    /** A job's events after a number, the oldest first. */
    public List<JobEvent> events(String id, long after, int limit) throws SQLException {
        return Sql.transaction(
                database,
                connection -> EventTable.events(
                        connection, "where job_id = ? and number > ? order by number limit ?", id, after, limit));
    }

    /** A job's events before a number, the newest first; all of them before 0. */
    public List<JobEvent> eventsBefore(String id, long before, int limit) throws SQLException {
        return Sql.transaction(
                database,
                connection -> EventTable.events(
                        connection,
                        "where job_id = ? and (? = 0 or number < ?) order by number desc limit ?",
                        id,
                        before,
                        before,
                        limit));
    }

    /** What was told of a step; empty if nothing was. */
    public Map<String, Double> metrics(String id, long step) throws SQLException {
        return Sql.transaction(
                        database,
                        connection -> EventTable.events(
                                connection,
                                "where job_id = ? and step = ? and sample is null order by number desc limit 1",
                                id,
                                step))
                .stream()
                .findFirst()
                .map(JobEvent::metrics)
                .orElse(Map.of());
    }

    /** An adapter was deleted: to be told. */
    void adapterGone(String name) throws SQLException {
        Sql.transaction(
                database,
                connection -> Sql.update(connection, "insert into training.outbox (adapter_gone) values (?)", name));
    }

    /** What is to be told over Kafka. */
    public Outbox outbox() {
        return new Outbox(database);
    }

    private static List<Job> jobs(PreparedStatement query) throws SQLException {
        List<Job> jobs = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                jobs.add(new Job(
                        row.getString("id"),
                        JSON.readValue(row.getString("spec"), JobSpec.class),
                        JobStatus.of(row.getString("status")),
                        row.getTimestamp("created_at").toInstant(),
                        instant(row, "started_at"),
                        instant(row, "first_step_at"),
                        instant(row, "last_step_at"),
                        instant(row, "finished_at"),
                        row.getLong("start_step"),
                        row.getLong("step"),
                        row.getLong("total_steps"),
                        row.getLong("trained_tokens"),
                        row.getString("error_code"),
                        row.getString("error_message")));
            }
        }
        return jobs;
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getTimestamp(column)).map(Timestamp::toInstant);
    }
}
