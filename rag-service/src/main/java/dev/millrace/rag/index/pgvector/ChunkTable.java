package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.Analysis;
import dev.millrace.rag.index.Attributes;
import dev.millrace.rag.index.CollectionIndex.Held;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.IndexId;
import dev.millrace.rag.index.IndexedDocument;
import dev.millrace.rag.index.IndexedDocument.IndexedChunk;
import dev.millrace.rag.index.Nearness;
import dev.millrace.rag.text.Pages;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An index's own table of chunks.
 *
 * @param number that names it
 */
record ChunkTable(String tenant, IndexId id, long number) {
    /** Of a vector in the graph. */
    private static final int NEIGHBOURS = 16;
    /** That are looked at for a new vector's neighbours. */
    private static final int CANDIDATES = 100;
    /** That pgvector makes a graph of. */
    private static final int MAX_DIMENSIONS = 2_000;
    /** Of a row, as many as a page has, until its text is moved out of it: words that are compressed are slow to score. */
    private static final int ROW_BYTES = 8_160;

    private static final String COLUMNS =
            "id, document, filename, text, starts_at, ends_at, pages, heading, attributes";

    /** The table of a tenant's index; empty where nothing has been taken in. */
    static Optional<ChunkTable> find(Session session, String tenant, IndexId id) {
        return session
                .list(
                        row -> new ChunkTable(tenant, id, row.getLong(1)),
                        "select number from rag_index.collection where id = ? and tenant = ? and deleted_at is null",
                        id.key(),
                        tenant)
                .stream()
                .findFirst();
    }

    /** The same, made where there is none; empty where the index was deleted. */
    static Optional<ChunkTable> findOrMake(Session session, String tenant, IndexId id, int dimensions) {
        List<Long> made = session.list(
                row -> row.getLong(1),
                "insert into rag_index.collection (id, tenant) values (?, ?) on conflict do nothing returning number",
                id.key(),
                tenant);
        if (made.isEmpty()) {
            return find(session, tenant, id);
        }
        ChunkTable table = new ChunkTable(tenant, id, made.getFirst());
        session.run("create table " + table.name() + " (like rag_index.chunk including all) with (toast_tuple_target = "
                + ROW_BYTES + "); alter table " + table.name() + " alter column embedding type vector(" + dimensions
                + "), alter column embedding set storage main");
        if (dimensions <= MAX_DIMENSIONS) {
            session.run("create index on " + table.name() + " using hnsw (embedding vector_ip_ops) with (m = "
                    + NEIGHBOURS + ", ef_construction = " + CANDIDATES + ")");
        }
        return Optional.of(table);
    }

    static void drop(Session session, IndexId id) {
        List<Long> numbers = session.list(
                row -> row.getLong(1),
                "insert into rag_index.collection (id, tenant, deleted_at) values (?, '', now())"
                        + " on conflict (id) do update set deleted_at = now() returning number",
                id.key());
        for (long number : numbers) {
            session.run("drop table if exists rag_index.chunk_" + number);
            session.change("delete from rag_index.field where collection = ?", number);
            session.change("delete from rag_index.term where collection = ?", number);
        }
    }

    String name() {
        return "rag_index.chunk_" + number;
    }

    void insert(Session session, IndexedDocument document) {
        WordCounts counts = new WordCounts();
        List<List<Object>> rows = document.chunks().stream()
                .map(chunk -> row(document, chunk, counts))
                .toList();
        session.changeAll(
                "insert into " + name()
                        + " (tenant, document, fingerprint, filename, attributes, text, starts_at, ends_at,"
                        + " pages, heading, field, length, words, embedding)"
                        + " values (?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?, ?, ?::tsvector, ?::vector)",
                rows);
        counts.add(session, number);
    }

    private List<Object> row(IndexedDocument document, IndexedChunk chunk, WordCounts counts) {
        String field = Analysis.field(chunk.text());
        Map<String, Integer> words = Analysis.counts(field, chunk.words());
        int length = words.values().stream().mapToInt(Integer::intValue).sum();
        counts.count(field, length, words.keySet());
        return List.of(
                tenant,
                document.id(),
                document.fingerprint(),
                Literals.storable(document.filename()),
                Attributes.json(document.attributes()),
                Literals.storable(chunk.text()),
                chunk.start(),
                chunk.end(),
                chunk.pages().encoded(),
                Literals.storable(chunk.heading()),
                field,
                length,
                Literals.words(field, words),
                Literals.vector(chunk.vector()));
    }

    void delete(Session session, String document) {
        session.change(
                "with gone as (delete from " + name() + " where document = ? returning field, length, words),"
                        + " fewer as (update rag_index.term set chunks = term.chunks - less.chunks from"
                        + " (select lexeme, count(*) as chunks from gone, unnest(tsvector_to_array(words)) lexeme"
                        + " group by lexeme) less where collection = ? and term = lexeme)"
                        + " update rag_index.field set chunks = field.chunks - less.chunks, length = field.length - less.length"
                        + " from (select field, count(*) as chunks, sum(length) as length from gone group by field) less"
                        + " where collection = ? and field.field = less.field",
                document,
                number,
                number);
    }

    /** Some of its chunks by id, as they are read without a question. */
    Map<Long, Hit> read(Session session, Long[] ids) {
        return session
                .list(
                        row -> Map.entry(row.getLong("id"), hit(row)),
                        "select " + COLUMNS + " from " + name() + " where tenant = ? and id = any (?)",
                        tenant,
                        ids)
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    List<Hit> ofDocument(Session session, String document) {
        return session.list(
                this::hit,
                "select " + COLUMNS + " from " + name() + " where tenant = ? and document = ?",
                tenant,
                document);
    }

    /** By document. */
    Map<String, String> fingerprints(Session session) {
        return session
                .list(
                        row -> Map.entry(row.getString(1), row.getString(2)),
                        "select document, min(fingerprint) from " + name() + " where tenant = ? group by document",
                        tenant)
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    Optional<Held> held(Session session, String document) {
        // one statement: the fingerprint is that of these chunks
        List<Map.Entry<String, Hit>> chunks = session.list(
                row -> Map.entry(row.getString("fingerprint"), hit(row)),
                "select fingerprint, " + COLUMNS + " from " + name()
                        + " where tenant = ? and document = ? order by starts_at",
                tenant,
                document);
        return chunks.isEmpty()
                ? Optional.empty()
                : Optional.of(new Held(
                        chunks.getFirst().getKey(),
                        chunks.stream().map(Map.Entry::getValue).toList()));
    }

    private Hit hit(ResultSet row) throws SQLException {
        return new Hit(
                id.collection(),
                row.getString("document"),
                row.getString("filename"),
                row.getString("text"),
                row.getInt("starts_at"),
                row.getInt("ends_at"),
                Pages.decoded(row.getString("pages")),
                row.getString("heading"),
                0,
                Nearness.UNASKED,
                Attributes.of(row.getString("attributes")));
    }
}
