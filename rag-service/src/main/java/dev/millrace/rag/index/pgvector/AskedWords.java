package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.Analysis;
import dev.millrace.rag.index.Bm25;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * A question's words with their weights in the collections that are asked.
 *
 * @param terms    as they stand in tsvectors, rare ones first
 * @param chunks   that have each
 * @param weights  in BM25
 * @param averages lengths of the chunks in each word's field
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record AskedWords(List<String> terms, List<Long> chunks, Double[] weights, Double[] averages) {
    private static final double NO_LENGTH = Bm25.K1 * (1 - Bm25.B);

    /** What the collections have of words. */
    record Statistics(
            Map<String, Long> chunksByTerm, Map<String, Long> chunksByField, Map<String, Long> lengthByField) {
        static Statistics of(Session session, Long[] collections, List<Analysis.Word> words) {
            Map<String, Long> byTerm = new HashMap<>();
            Map<String, Long> byField = new HashMap<>();
            Map<String, Long> lengths = new HashMap<>();
            session.list(
                    row -> byTerm.put(row.getString(1), row.getLong(2)),
                    "select term, sum(chunks) from rag_index.term where collection = any (?) and term = any (?) group by term",
                    collections,
                    words.stream().map(AskedWords::lexeme).toArray(String[]::new));
            session.list(
                    row -> {
                        lengths.put(row.getString(1), row.getLong(3));
                        return byField.put(row.getString(1), row.getLong(2));
                    },
                    "select field, sum(chunks), sum(length) from rag_index.field where collection = any (?) group by field",
                    new Object[] {collections});
            return new Statistics(byTerm, byField, lengths);
        }

        private long chunks(Analysis.Word word) {
            return chunksByTerm.getOrDefault(lexeme(word), 0L);
        }

        private long all(Analysis.Word word) {
            return chunksByField.getOrDefault(word.term().field(), 0L);
        }

        private double average(Analysis.Word word) {
            return Math.max(1.0, lengthByField.getOrDefault(word.term().field(), 0L)) / Math.max(1, all(word));
        }

        /** Of all chunks with one of the words, the best are those of the greatest sum. */
        AskedWords ranking(List<Analysis.Word> words) {
            // a word that no chunk has finds none
            return weighed(words.stream().filter(word -> chunks(word) > 0).toList(), Bm25::weight);
        }

        /** The same for {@link dev.millrace.rag.index.Nearness#words}: words that no chunk has are missed, too. */
        AskedWords measuring(List<Analysis.Word> words) {
            return weighed(words, Bm25::steadyWeight);
        }

        private interface Weight {
            double of(long chunksWithTheWord, long chunks);
        }

        private AskedWords weighed(List<Analysis.Word> words, Weight weight) {
            ToLongFunction<Analysis.Word> chunks = this::chunks;
            List<Analysis.Word> rareFirst =
                    words.stream().sorted(Comparator.comparingLong(chunks)).toList();
            return new AskedWords(
                    rareFirst.stream().map(AskedWords::lexeme).toList(),
                    rareFirst.stream().map(this::chunks).toList(),
                    rareFirst.stream()
                            .map(word -> word.count() * weight.of(chunks(word), all(word)))
                            .toArray(Double[]::new),
                    rareFirst.stream().map(this::average).toArray(Double[]::new));
        }
    }

    private static String lexeme(Analysis.Word word) {
        return Literals.lexeme(word.term().field(), word.term().text());
    }

    /** BM25 of a chunk as an expression; its values are {@link #values}. */
    String score() {
        return terms.isEmpty()
                ? "0"
                : terms.stream()
                        .map(_ -> "? * (1 - 1 / (1 + rag_index.occurrences(words, ?::tsquery) / (" + NO_LENGTH
                                + " + ? * length)))")
                        .collect(Collectors.joining(" + "));
    }

    List<Object> values() {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < terms.size(); i++) {
            values.add(weights[i]);
            values.add(Literals.quoted(terms.get(i)));
            values.add(Bm25.K1 * Bm25.B / averages[i]);
        }
        return values;
    }

    /** The score of a text that is made of these words alone. */
    double most() {
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        return sum;
    }

    /** The rarest words, as many as so many chunks have, as a tsquery; one at least. */
    String rarest(long mostChunks) {
        List<String> rarest = new ArrayList<>();
        long found = 0;
        for (int i = 0; i < terms.size() && (i == 0 || found + chunks.get(i) <= mostChunks); i++) {
            rarest.add(terms.get(i));
            found += chunks.get(i);
        }
        return Literals.anyOf(rarest);
    }
}
