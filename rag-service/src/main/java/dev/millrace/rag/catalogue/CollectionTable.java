package dev.millrace.rag.catalogue;

import dev.millrace.rag.catalogue.DocumentCollection.Counted;
import dev.millrace.rag.catalogue.DocumentCollection.Counts;
import dev.millrace.rag.catalogue.DocumentCollection.Description;
import dev.millrace.rag.catalogue.DocumentCollection.Embedding;
import dev.millrace.rag.catalogue.DocumentCollection.Lifetime;
import dev.millrace.rag.index.IndexId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The table of collections. Every look-up names the tenant: another's is as one that doesn't exist. */
public final class CollectionTable {
    private static final String LIVE = " from rag.collection c where c.deleted_at is null and c.tenant = ?";
    private static final String COUNTED = """
            select c.*, n.* from rag.collection c cross join lateral (
                select count(*) filter (where d.state = 'IN_PROGRESS') as in_progress,
                    count(*) filter (where d.state = 'COMPLETED') as completed,
                    count(*) filter (where d.state = 'FAILED') as failed,
                    count(*) filter (where d.state = 'CANCELLED') as cancelled,
                    coalesce(sum(d.bytes) filter (where d.state = 'COMPLETED'), 0) as bytes
                from rag.document d where d.collection_id = c.id and d.deleted_at is null) n
            where c.deleted_at is null and c.tenant = ?""";
    private static final String DROP =
            " insert into rag.dropped_index select id, unnest(array_remove(array[generation, next_generation], null)), ?::timestamptz"
                    + " from gone on conflict do nothing";
    /** Use is noted so often: a row isn't written for every question. */
    private static final Duration ACTIVITY = Duration.ofMinutes(1);

    private final Sql sql;

    public CollectionTable(DataSource database) {
        sql = new Sql(database);
    }

    public void insert(DocumentCollection collection) {
        sql.change(
                "insert into rag.collection (id, tenant, name, description, metadata, model, created_at,"
                        + " expires_after_days, last_active_at) values (?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?)",
                collection.id(),
                collection.tenant(),
                collection.description().name(),
                collection.description().text(),
                Metadata.json(collection.description().metadata()),
                collection.model(),
                collection.createdAt(),
                days(collection.lifetime()),
                collection.lifetime().lastActiveAt());
    }

    /** Sets what can be changed. */
    public void update(DocumentCollection collection) {
        sql.change(
                "update rag.collection set name = ?, metadata = ?::jsonb, expires_after_days = ? where id = ?",
                collection.description().name(),
                Metadata.json(collection.description().metadata()),
                days(collection.lifetime()),
                collection.id());
    }

    private static @Nullable Integer days(Lifetime lifetime) {
        return lifetime.expiresAfterDays().isEmpty()
                ? null
                : Integer.valueOf(lifetime.expiresAfterDays().getAsInt());
    }

    public Optional<DocumentCollection> find(String tenant, String id) {
        return sql.list(CollectionTable::read, "select c.*" + LIVE + " and c.id = ?", tenant, id).stream()
                .findFirst();
    }

    public Optional<Counted> counted(String tenant, String id) {
        return sql.list(CollectionTable::readCounted, COUNTED + " and c.id = ?", tenant, id).stream()
                .findFirst();
    }

    /**
     * @param name those that are called so; empty for all
     */
    public Page.Part<Counted> list(String tenant, String name, Page page) {
        return name.isEmpty()
                ? page.of(sql, CollectionTable::readCounted, COUNTED, "c.", tenant)
                : page.of(sql, CollectionTable::readCounted, COUNTED + " and c.name = ?", "c.", tenant, name);
    }

    /** Notes that it was used. */
    public void active(DocumentCollection collection, Instant at) {
        if (collection.lifetime().lastActiveAt().plus(ACTIVITY).isBefore(at)) {
            sql.change("update rag.collection set last_active_at = ? where id = ?", at, collection.id());
        }
    }

    /** Those that nobody has used for as long as they are kept. */
    public List<DocumentCollection> unused(Instant now) {
        return sql.list(
                CollectionTable::read,
                "select c.* from rag.collection c where c.deleted_at is null and c.expired_at is null"
                        + " and c.last_active_at + make_interval(hours => 24 * c.expires_after_days) <= ?",
                now);
    }

    /** Whether it was unused until now. Its indexes are dropped. */
    public boolean expire(String id, Instant now) {
        return sql.change(
                        "with gone as (update rag.collection set expired_at = ? where id = ? and deleted_at is null"
                                + " and expired_at is null"
                                + " and last_active_at + make_interval(hours => 24 * expires_after_days) <= ?"
                                + " returning id, generation, next_generation)" + DROP,
                        now,
                        id,
                        now,
                        now)
                > 0;
    }

    /** Whether there was one. Its indexes are dropped. */
    public boolean delete(String tenant, String id, Instant at) {
        return sql.change(
                        "with gone as (update rag.collection set deleted_at = ? where id = ? and tenant = ?"
                                + " and deleted_at is null returning id, generation, next_generation)" + DROP,
                        at,
                        id,
                        tenant,
                        at)
                > 0;
    }

    /** What a collection that was deleted, or expired, answered by, or was to answer by. */
    public List<IndexId> indexes(String id) {
        return sql.list(
                row -> new IndexId(id, row.getInt(1)),
                "select unnest(array_remove(array[generation, next_generation], null)) from rag.collection where id = ?",
                id);
    }

    /** Of some ids, those of the index that each answers by. */
    public List<IndexId> answering(List<String> ids) {
        return sql.list(
                row -> new IndexId(row.getString("id"), row.getInt("generation")),
                "select id, generation from rag.collection where deleted_at is null and id = any(?)",
                (Object) ids.toArray(String[]::new));
    }

    private static Counted readCounted(ResultSet row) throws SQLException {
        return new Counted(
                read(row),
                new Counts(
                        row.getLong("in_progress"),
                        row.getLong("completed"),
                        row.getLong("failed"),
                        row.getLong("cancelled"),
                        row.getLong("bytes")));
    }

    static DocumentCollection read(ResultSet row) throws SQLException {
        int days = row.getInt("expires_after_days");
        OptionalInt expiresAfterDays = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(days);
        @Nullable Timestamp expiredAt = row.getTimestamp("expired_at");
        return new DocumentCollection(
                row.getString("id"),
                row.getString("tenant"),
                embedding(row),
                row.getTimestamp("created_at").toInstant(),
                new Description(
                        row.getString("name"), row.getString("description"), Metadata.of(row.getString("metadata"))),
                new Lifetime(
                        expiresAfterDays,
                        row.getTimestamp("last_active_at").toInstant(),
                        Optional.ofNullable(expiredAt).map(Timestamp::toInstant)));
    }

    private static Embedding embedding(ResultSet row) throws SQLException {
        @Nullable String next = row.getString("next_model");
        return new Embedding(
                row.getString("model"),
                row.getInt("generation"),
                next == null
                        ? Optional.empty()
                        : Optional.of(new ReEmbedding(
                                next,
                                row.getInt("next_generation"),
                                row.getLong("next_done"),
                                row.getLong("next_total"))));
    }
}
