package dev.millrace.rag.catalogue;

import dev.millrace.rag.catalogue.DocumentCollection.Counts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The tables of batches. Who calls has found the collection by its tenant. */
public final class BatchTable {
    private static final String COUNTED = """
            select b.*, n.* from rag.batch b cross join lateral (
                select count(*) filter (where d.state = 'IN_PROGRESS') as in_progress,
                    count(*) filter (where d.state = 'COMPLETED') as completed,
                    count(*) filter (where d.state = 'FAILED') as failed,
                    count(*) filter (where d.state = 'CANCELLED') as cancelled,
                    coalesce(sum(d.bytes) filter (where d.state = 'COMPLETED'), 0) as bytes
                from rag.batch_document m join rag.document d on d.collection_id = b.collection_id and d.id = m.document_id
                where m.batch_id = b.id and d.deleted_at is null) n
            where b.collection_id = ? and b.id = ?""";

    private final Sql sql;

    public BatchTable(DataSource database) {
        sql = new Sql(database);
    }

    /**
     * @param documents of the collection; those that it doesn't have are left out
     */
    public void insert(String id, String collection, List<String> documents, Instant at) {
        // one statement: all of it or nothing
        sql.change("""
                with batch as (
                    insert into rag.batch (id, collection_id, created_at) values (?, ?, ?) returning id, collection_id)
                insert into rag.batch_document (batch_id, document_id)
                select distinct batch.id, d.id from batch join rag.document d
                    on d.collection_id = batch.collection_id and d.deleted_at is null and d.id = any(?)""", id, collection, at, documents.toArray(String[]::new));
    }

    public Optional<Batch> find(String collection, String id) {
        return sql.list(BatchTable::read, COUNTED, collection, id).stream().findFirst();
    }

    /**
     * Cancels what is in progress; whatever its request still does counts for nothing.
     *
     * @return the documents that were
     */
    public List<String> cancel(String collection, String id, String requestId, Instant at) {
        sql.change(
                "update rag.batch set cancelled_at = coalesce(cancelled_at, ?) where collection_id = ? and id = ?",
                at,
                collection,
                id);
        return sql.list(
                row -> row.getString("id"),
                "update rag.document d set state = 'CANCELLED', request_id = ?, requested_at = ?"
                        + " where d.collection_id = ? and d.state = 'IN_PROGRESS' and d.deleted_at is null"
                        + " and exists (select 1 from rag.batch_document m where m.batch_id = ? and m.document_id = d.id)"
                        + " returning d.id",
                requestId,
                at,
                collection,
                id);
    }

    private static Batch read(ResultSet row) throws SQLException {
        return new Batch(
                row.getString("id"),
                row.getString("collection_id"),
                row.getTimestamp("created_at").toInstant(),
                row.getTimestamp("cancelled_at") != null,
                new Counts(
                        row.getLong("in_progress"),
                        row.getLong("completed"),
                        row.getLong("failed"),
                        row.getLong("cancelled"),
                        row.getLong("bytes")));
    }
}
