package dev.millrace.rag.index.pgvector;

import dev.millrace.rag.index.Bm25;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A question's words as they count in the collections that are asked, rare ones first. */
record AskedWords(List<AskedWord> rareFirst) {
    private static final double NO_LENGTH = Bm25.K1 * (1 - Bm25.B);

    /**
     * @param term          as it stands in tsvectors
     * @param chunks        that have it
     * @param averageLength of the chunks in its field
     */
    record AskedWord(String term, long chunks, double weight, double averageLength) {}

    /** BM25 of a chunk as an expression; its values are {@link #values}. */
    String score() {
        return rareFirst.isEmpty()
                ? "0"
                : rareFirst.stream()
                        .map(_ -> "? * (1 - 1 / (1 + rag_index.occurrences(words, ?::tsquery) / (" + NO_LENGTH
                                + " + ? * length)))")
                        .collect(Collectors.joining(" + "));
    }

    List<Object> values() {
        List<Object> values = new ArrayList<>();
        for (AskedWord word : rareFirst) {
            values.add(word.weight());
            values.add(Literals.anyOf(List.of(word.term())));
            values.add(Bm25.K1 * Bm25.B / word.averageLength());
        }
        return values;
    }

    /** The score of a text that is made of these words alone. */
    double most() {
        return rareFirst.stream().mapToDouble(AskedWord::weight).sum();
    }

    /** The rarest, one at least: those that no more than so many chunks have together. */
    AskedWords rarest(long mostChunks) {
        int some = 0;
        long found = 0;
        while (some < rareFirst.size()
                && (some == 0 || found + rareFirst.get(some).chunks() <= mostChunks)) {
            found += rareFirst.get(some).chunks();
            some++;
        }
        return new AskedWords(rareFirst.subList(0, some));
    }

    /** A tsquery that a chunk with any of them answers. */
    String any() {
        return Literals.anyOf(rareFirst.stream().map(AskedWord::term).toList());
    }
}
