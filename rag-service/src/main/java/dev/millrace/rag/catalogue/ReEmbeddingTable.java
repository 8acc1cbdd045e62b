package dev.millrace.rag.catalogue;

import dev.millrace.rag.catalogue.StoredDocument.State;
import dev.millrace.rag.index.IndexId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** Which collections are to have another embedding model, and which indexes nothing answers by any more. */
public final class ReEmbeddingTable {
    private static final String USABLE = " c.deleted_at is null and c.expired_at is null";
    /** What a row is without one under way. */
    private static final String NONE =
            "next_model = null, next_generation = null, next_requested_at = null, next_done = 0, next_total = 0";

    private final Sql sql;
    private final AdvisoryLock turn;

    public ReEmbeddingTable(DataSource database) {
        sql = new Sql(database);
        turn = new AdvisoryLock(database, "millrace rag re-embedding");
    }

    /**
     * Notes the model that a collection is to have. One that is under way to another is given up, and the present model
     * gives up whichever is.
     */
    public void request(String collection, String model, Instant at) {
        // one statement: all of it or nothing, and never half of two
        sql.change("""
                with was as (
                    select id, next_generation from rag.collection c
                    where id = ? and coalesce(next_model, model) <> ? and""" + USABLE + """
                     for update),
                dropped as (
                    insert into rag.dropped_index
                    select id, next_generation, ?::timestamptz from was where next_generation is not null)
                update rag.collection c set next_model = nullif(?, c.model),
                    next_generation = case when c.model <> ? then c.last_generation + 1 end,
                    last_generation = c.last_generation + case when c.model <> ? then 1 else 0 end,
                    next_requested_at = ?, next_done = 0,
                    next_total = (select count(*) from rag.document d
                        where d.collection_id = c.id and d.deleted_at is null and d.state = 'COMPLETED')
                from was where c.id = was.id""", collection, model, at, model, model, model, at);
    }

    /** The collection whose turn it is. */
    public Optional<DocumentCollection> first() {
        return sql
                .list(
                        CollectionTable::read,
                        "select c.* from rag.collection c where c.next_generation is not null and" + USABLE
                                + " order by c.next_requested_at, c.id limit 1")
                .stream()
                .findFirst();
    }

    /** Whether a collection still waits for an index. */
    public boolean isWanted(IndexId next) {
        return !sql.list(
                        _ -> true,
                        "select 1 from rag.collection c where c.id = ? and c.next_generation = ? and" + USABLE,
                        next.collection(),
                        next.generation())
                .isEmpty();
    }

    public void progress(IndexId next, long done, long documents) {
        sql.change(
                "update rag.collection set next_done = ?, next_total = ? where id = ? and next_generation = ?",
                done,
                documents,
                next.collection(),
                next.generation());
    }

    /**
     * Notes what a document comes to once the index that is being made answers, for models that don't cut texts alike.
     *
     * @param unreadable why its bytes could not be read again; empty where they were
     */
    public void cutAnew(IndexId next, String document, int chunks, Optional<State.Failed> unreadable) {
        sql.change(
                "insert into rag.cut_anew (collection_id, generation, document_id, chunks, error_code, error_message)"
                        + " values (?, ?, ?, ?, ?, ?) on conflict (collection_id, generation, document_id) do update set"
                        + " chunks = excluded.chunks, error_code = excluded.error_code,"
                        + " error_message = excluded.error_message",
                next.collection(),
                next.generation(),
                document,
                chunks,
                unreadable.map(State.Failed::code).orElse(null),
                unreadable.map(State.Failed::reason).orElse(null));
    }

    /**
     * Lets the collection answer by the index that was made, and its model, from the next question on.
     *
     * @return whether it still waited for it
     */
    public boolean swap(IndexId next, Instant at) {
        return sql.change(
                        """
                        with was as (
                            select id, generation, next_generation from rag.collection c where id = ? and next_generation = ? and""" + USABLE + """
                             for update),
                        dropped as (insert into rag.dropped_index select id, generation, ?::timestamptz from was),
                        anew as (
                            update rag.document d set chunks = n.chunks, error_code = n.error_code,
                                error_message = n.error_message
                            from rag.cut_anew n, was
                            where n.collection_id = was.id and n.generation = was.next_generation
                                and d.collection_id = n.collection_id and d.id = n.document_id
                                and d.deleted_at is null and d.state = 'COMPLETED'),
                        noted as (delete from rag.cut_anew n using was where n.collection_id = was.id)
                        update rag.collection c set model = c.next_model, generation = c.next_generation,""" + " " + NONE + " from was where c.id = was.id",
                        next.collection(),
                        next.generation(),
                        at)
                > 0;
    }

    /** Puts a collection behind the others that wait. */
    public void postpone(String collection, Instant at) {
        sql.change(
                "update rag.collection set next_requested_at = ? where id = ? and next_generation is not null",
                at,
                collection);
    }

    /** Indexes that nothing has answered by since then. */
    public List<IndexId> dropped(Instant before) {
        return sql.list(
                row -> new IndexId(row.getString("collection_id"), row.getInt("generation")),
                "select * from rag.dropped_index where dropped_at <= ?",
                before);
    }

    /** Notes that a dropped index is deleted. */
    public void deleted(IndexId dropped) {
        sql.change(
                "with noted as (delete from rag.cut_anew where collection_id = ? and generation = ?)"
                        + " delete from rag.dropped_index where collection_id = ? and generation = ?",
                dropped.collection(),
                dropped.generation(),
                dropped.collection(),
                dropped.generation());
    }

    /** The turn to work on these, which one process has at a time; empty while another has it. */
    public Optional<AdvisoryLock.Held> turn() {
        return turn.take();
    }
}
