package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.Analysis;
import dev.millrace.rag.index.Bm25;
import dev.millrace.rag.index.pgvector.AskedWords.AskedWord;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the collections that are asked have of a question's words.
 *
 * @param chunksByTerm that have it
 * @param fields       of all chunks
 */
record WordStatistics(Map<String, Long> chunksByTerm, Map<String, Field> fields) {
    private static final Field NONE = new Field(0, 0);

    /**
     * The chunks whose words are told in one of both ways.
     *
     * @param length of all, in words
     */
    record Field(long chunks, long length) {
        double averageLength() {
            return Math.max(1.0, (double) length) / Math.max(1, chunks);
        }
    }

    static WordStatistics of(Session session, Long[] collections, List<Analysis.Word> words) {
        Map<String, Long> terms = new HashMap<>();
        Map<String, Field> fields = new HashMap<>();
        session.list(
                row -> terms.put(row.getString(1), row.getLong(2)),
                "select term, sum(chunks) from rag_index.term where collection = any (?) and term = any (?) group by term",
                List.of(collections, words.stream().map(WordStatistics::lexeme).toArray(String[]::new)));
        session.list(
                row -> fields.put(row.getString(1), new Field(row.getLong(2), row.getLong(3))),
                "select field, sum(chunks), sum(length) from rag_index.field where collection = any (?) group by field",
                List.of((Object) collections));
        return new WordStatistics(terms, fields);
    }

    private static String lexeme(Analysis.Word word) {
        return Literals.lexeme(word.term().field(), word.term().text());
    }

    /** Of all chunks with one of the words, the best are those of the greatest sum. */
    AskedWords ranking(List<Analysis.Word> words) {
        // a word that no chunk has finds none
        return new AskedWords(weighed(words, Bm25::weight).rareFirst().stream()
                .filter(word -> word.chunks() > 0)
                .toList());
    }

    /** The same for {@link dev.millrace.rag.index.Nearness#words}: words that no chunk has are missed, too. */
    AskedWords measuring(List<Analysis.Word> words) {
        return weighed(words, Bm25::steadyWeight);
    }

    private interface Weight {
        double of(long chunksWithTheWord, long chunks);
    }

    private AskedWords weighed(List<Analysis.Word> words, Weight weight) {
        return new AskedWords(words.stream()
                .map(word -> {
                    Field field = fields.getOrDefault(word.term().field(), NONE);
                    long chunks = chunksByTerm.getOrDefault(lexeme(word), 0L);
                    return new AskedWord(
                            lexeme(word),
                            chunks,
                            word.count() * weight.of(chunks, field.chunks()),
                            field.averageLength());
                })
                .sorted(Comparator.comparingLong(AskedWord::chunks))
                .toList());
    }
}
