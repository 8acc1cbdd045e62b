package dev.millrace.rag.index.pgvector;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** What some chunks add to a collection's counts of words. */
final class WordCounts {
    private final Map<String, Long> chunksByTerm = new HashMap<>();
    private final Map<String, Long> chunksByField = new HashMap<>();
    private final Map<String, Long> lengthByField = new HashMap<>();

    /** Counts a chunk. */
    void count(String field, int length, Collection<String> words) {
        words.forEach(word -> chunksByTerm.merge(Literals.lexeme(field, word), 1L, Long::sum));
        chunksByField.merge(field, 1L, Long::sum);
        lengthByField.merge(field, (long) length, Long::sum);
    }

    void add(Session session, long collection) {
        chunksByField.forEach((field, chunks) -> session.change(
                "insert into rag_index.field values (?, ?, ?, ?) on conflict (collection, field) do update"
                        + " set chunks = field.chunks + excluded.chunks, length = field.length + excluded.length",
                collection,
                field,
                chunks,
                lengthByField.getOrDefault(field, 0L)));
        session.change(
                "insert into rag_index.term select ?, * from unnest(?, ?) on conflict (collection, term) do update"
                        + " set chunks = term.chunks + excluded.chunks",
                collection,
                chunksByTerm.keySet().toArray(String[]::new),
                chunksByTerm.values().toArray(Long[]::new));
    }
}
