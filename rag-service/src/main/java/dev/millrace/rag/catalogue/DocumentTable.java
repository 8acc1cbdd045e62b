package dev.millrace.rag.catalogue;

import dev.millrace.rag.catalogue.StoredDocument.State;
import dev.millrace.rag.chunk.Chunking;
import dev.millrace.rag.index.Attributes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The table of documents. Who calls has found the collection by its tenant. */
public final class DocumentTable {
    private static final String LIVE =
            "select d.* from rag.document d where d.deleted_at is null and d.collection_id = ?";

    private static final String COLLECTION_LIVES =
            " exists (select 1 from rag.collection c where c.id = d.collection_id and c.deleted_at is null)";
    private static final String BEGIN = """
            insert into rag.document as d (collection_id, id, filename, attributes, max_tokens, overlap_tokens,
                content_hash, bytes, state, chunks, request_id, requested_at, created_at)
            values (?, ?, ?, ?::jsonb, ?, ?, ?, ?, 'IN_PROGRESS', 0, ?, ?, ?)
            on conflict (collection_id, id) do update set filename = excluded.filename,
                attributes = excluded.attributes, max_tokens = excluded.max_tokens,
                overlap_tokens = excluded.overlap_tokens, content_hash = excluded.content_hash,
                bytes = excluded.bytes, state = 'IN_PROGRESS', error_code = null, error_message = null,
                chunks = 0, request_id = excluded.request_id, requested_at = excluded.requested_at,
                deleted_at = null
            where d.requested_at <= excluded.requested_at
                and (d.deleted_at is null or d.deleted_at < excluded.requested_at)""";

    private final Sql sql;

    public DocumentTable(DataSource database) {
        sql = new Sql(database);
    }

    /**
     * Notes that a document is being taken in, unless a later request has said otherwise: replaced it, or deleted it.
     *
     * @return whether the request is the one to carry out
     */
    public boolean begin(StoredDocument document) {
        return sql.change(BEGIN, begun(document)) > 0;
    }

    /** The same for several: all are noted that no later request is about, or after an error none. */
    public void begin(List<StoredDocument> some) {
        // in one order for all, so that two that name the same documents wait for each other, and not each for the
        // other
        sql.changeAll(
                BEGIN,
                some.stream()
                        .sorted(Comparator.comparing(StoredDocument::id))
                        .map(DocumentTable::begun)
                        .toList());
    }

    private static Object[] begun(StoredDocument document) {
        return new Object[] {
            document.collection(),
            document.id(),
            document.filename(),
            Attributes.json(document.attributes()),
            document.chunking().maxTokens(),
            document.chunking().overlapTokens(),
            document.contentHash(),
            document.bytes(),
            document.requestId(),
            document.requestedAt(),
            document.createdAt()
        };
    }

    /**
     * Notes the bytes of a document that was begun without them.
     *
     * @return whether the request is still the one that the document waits for
     */
    public boolean read(String collection, String id, String requestId, String contentHash, long bytes) {
        return sql.change(
                        "update rag.document d set content_hash = ?, bytes = ? where d.collection_id = ? and d.id = ?"
                                + " and d.request_id = ? and d.deleted_at is null and" + COLLECTION_LIVES,
                        contentHash,
                        bytes,
                        collection,
                        id,
                        requestId)
                > 0;
    }

    /** Whether a request is still the one that its document waits for. */
    public boolean isCurrent(String collection, String id, String requestId) {
        return !sql.list(
                        _ -> true,
                        LIVE + " and id = ? and request_id = ? and" + COLLECTION_LIVES,
                        collection,
                        id,
                        requestId)
                .isEmpty();
    }

    public void completed(String collection, String id, String requestId, int chunks) {
        sql.change(
                "update rag.document set state = 'COMPLETED', chunks = ? where collection_id = ? and id = ? and request_id = ?",
                chunks,
                collection,
                id,
                requestId);
    }

    public void failed(String collection, String id, String requestId, State.Failed why) {
        sql.change(
                "update rag.document set state = 'FAILED', error_code = ?, error_message = ?"
                        + " where collection_id = ? and id = ? and request_id = ?",
                why.code(),
                why.reason(),
                collection,
                id,
                requestId);
    }

    /** Takes back what {@link #begin} noted of a document that there was not before. */
    public void forget(String collection, String id, String requestId) {
        sql.change(
                "delete from rag.document where collection_id = ? and id = ? and request_id = ?",
                collection,
                id,
                requestId);
    }

    /**
     * Takes back what {@link #begin} noted in the place of a document.
     *
     * @param requestId that it was noted for
     */
    public void restore(StoredDocument before, String requestId) {
        State.@Nullable Failed why = why(before.state());
        sql.change(
                """
                update rag.document set filename = ?, attributes = ?::jsonb, max_tokens = ?, overlap_tokens = ?,
                    content_hash = ?, bytes = ?, state = ?, error_code = ?, error_message = ?, chunks = ?,
                    request_id = ?, requested_at = ?
                where collection_id = ? and id = ? and request_id = ?""",
                before.filename(),
                Attributes.json(before.attributes()),
                before.chunking().maxTokens(),
                before.chunking().overlapTokens(),
                before.contentHash(),
                before.bytes(),
                word(before.state()),
                why == null ? null : why.code(),
                why == null ? null : why.reason(),
                before.state() instanceof State.Completed completed ? completed.chunks() : 0,
                before.requestId(),
                before.requestedAt(),
                before.collection(),
                before.id(),
                requestId);
    }

    private static State.@Nullable Failed why(State state) {
        return switch (state) {
            case State.Failed failed -> failed;
            case State.Completed completed -> completed.unreadable().orElse(null);
            case State.InProgress _, State.Cancelled _ -> null;
        };
    }

    private static String word(State state) {
        return switch (state) {
            case State.InProgress() -> "IN_PROGRESS";
            case State.Completed _ -> "COMPLETED";
            case State.Cancelled() -> "CANCELLED";
            case State.Failed _ -> "FAILED";
        };
    }

    /** Whether there was one. */
    public boolean delete(String collection, String id, Instant at) {
        return sql.change(
                        "update rag.document set deleted_at = ? where collection_id = ? and id = ? and deleted_at is null",
                        at,
                        collection,
                        id)
                > 0;
    }

    public Optional<StoredDocument> find(String collection, String id) {
        return sql.list(DocumentTable::read, LIVE + " and id = ?", collection, id).stream()
                .findFirst();
    }

    /** Those of some ids that there are. */
    public List<StoredDocument> find(String collection, List<String> ids) {
        return sql.list(DocumentTable::read, LIVE + " and id = any(?)", collection, ids.toArray(String[]::new));
    }

    /**
     * @param state those in it alone; empty for all
     * @param batch those of it alone; empty for all
     */
    public Page.Part<StoredDocument> list(
            String collection, Optional<String> state, Optional<String> batch, Page page) {
        StringBuilder query = new StringBuilder(LIVE);
        List<Object> values = new ArrayList<>(List.of(collection));
        state.ifPresent(one -> {
            query.append(" and d.state = ?");
            values.add(one);
        });
        batch.ifPresent(one -> {
            query.append(
                    " and exists (select 1 from rag.batch_document m where m.batch_id = ? and m.document_id = d.id)");
            values.add(one);
        });
        return page.of(sql, DocumentTable::read, query.toString(), "d.", values.toArray());
    }

    /** Sets its attributes as a request of its own; a document that was completed is in progress until that has ended. */
    public void revise(StoredDocument document) {
        sql.change(
                "update rag.document set attributes = ?::jsonb, request_id = ?, requested_at = ?,"
                        + " state = case state when 'COMPLETED' then 'IN_PROGRESS' else state end"
                        + " where collection_id = ? and id = ? and deleted_at is null",
                Attributes.json(document.attributes()),
                document.requestId(),
                document.requestedAt(),
                document.collection(),
                document.id());
    }

    /** All that a collection has. */
    public void deleteAll(String collection, Instant at) {
        sql.change(
                "update rag.document set deleted_at = ? where collection_id = ? and deleted_at is null",
                at,
                collection);
    }

    /** Whether any document of a collection has these bytes. */
    public boolean usesContent(String collection, String contentHash) {
        return !sql.list(_ -> true, LIVE + " and content_hash = ? limit 1", collection, contentHash)
                .isEmpty();
    }

    /** With each its tenant: those that were being taken in when the service ended. */
    public List<Unfinished> unfinished() {
        return sql.list(
                row -> new Unfinished(row.getString("tenant"), read(row)),
                "select d.*, c.tenant from rag.document d join rag.collection c on c.id = d.collection_id"
                        + " where d.state = 'IN_PROGRESS' and d.deleted_at is null and c.deleted_at is null");
    }

    /** A document whose ingestion has not ended. */
    public record Unfinished(String tenant, StoredDocument document) {}

    private static StoredDocument read(ResultSet row) throws SQLException {
        String message = row.getString("error_message");
        State state = switch (row.getString("state")) {
            case "COMPLETED" ->
                new State.Completed(
                        row.getInt("chunks"),
                        Optional.ofNullable(row.getString("error_code")).map(code -> new State.Failed(code, message)));
            case "CANCELLED" -> new State.Cancelled();
            case "FAILED" -> new State.Failed(row.getString("error_code"), message);
            default -> new State.InProgress();
        };
        return new StoredDocument(
                row.getString("collection_id"),
                row.getString("id"),
                row.getString("filename"),
                Attributes.of(row.getString("attributes")),
                new Chunking(row.getInt("max_tokens"), row.getInt("overlap_tokens")),
                row.getString("content_hash"),
                row.getLong("bytes"),
                row.getString("request_id"),
                row.getTimestamp("requested_at").toInstant(),
                row.getTimestamp("created_at").toInstant(),
                state);
    }
}
