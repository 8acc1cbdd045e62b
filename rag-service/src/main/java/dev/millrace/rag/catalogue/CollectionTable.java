package dev.millrace.rag.catalogue;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The table of collections. Every look-up names the tenant: another's is as one that doesn't exist. */
public final class CollectionTable {
    private static final String WITH_COUNTS = """
            select c.*,
                (select count(*) from rag.document d where d.collection_id = c.id and d.deleted_at is null and d.state = 'IN_PROGRESS') as in_progress,
                (select count(*) from rag.document d where d.collection_id = c.id and d.deleted_at is null and d.state = 'COMPLETED') as completed,
                (select count(*) from rag.document d where d.collection_id = c.id and d.deleted_at is null and d.state = 'FAILED') as failed
            from rag.collection c where c.deleted_at is null and c.tenant = ?""";

    private final Sql sql;

    public CollectionTable(DataSource database) {
        sql = new Sql(database);
    }

    public void insert(DocumentCollection collection) {
        sql.change(
                "insert into rag.collection (id, tenant, name, model, created_at) values (?, ?, ?, ?, ?)",
                collection.id(),
                collection.tenant(),
                collection.name(),
                collection.model(),
                collection.createdAt());
    }

    public Optional<DocumentCollection> find(String tenant, String id) {
        return sql.list(CollectionTable::read, WITH_COUNTS + " and c.id = ?", tenant, id).stream()
                .findFirst();
    }

    /** Newest first. */
    public List<DocumentCollection> list(String tenant) {
        return sql.list(CollectionTable::read, WITH_COUNTS + " order by c.created_at desc, c.id", tenant);
    }

    /** Whether there was one. */
    public boolean delete(String tenant, String id, Instant at) {
        return sql.change(
                        "update rag.collection set deleted_at = ? where id = ? and tenant = ? and deleted_at is null",
                        at,
                        id,
                        tenant)
                > 0;
    }

    private static DocumentCollection read(ResultSet row) throws SQLException {
        return new DocumentCollection(
                row.getString("id"),
                row.getString("tenant"),
                row.getString("name"),
                row.getString("model"),
                row.getTimestamp("created_at").toInstant(),
                row.getLong("in_progress"),
                row.getLong("completed"),
                row.getLong("failed"));
    }
}
