package dev.millrace.rag.embed;

import ai.djl.huggingface.tokenizers.Encoding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Texts of like length together: what a batch is filled up with is computed, too. */
final class Batches {
    private static final int TEXTS_PER_BATCH = 32;

    private Batches() {}

    /**
     * Indexes into {@code encodings}, the longest first.
     *
     * @param tokens of a batch, filled up to its longest text; a text that has more is a batch by itself
     */
    static List<int[]> of(Encoding[] encodings, int tokens) {
        int[] order = IntStream.range(0, encodings.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> -encodings[i].getIds().length))
                .mapToInt(Integer::intValue)
                .toArray();
        List<int[]> batches = new ArrayList<>();
        int from = 0;
        while (from < order.length) {
            int longest = encodings[order[from]].getIds().length;
            int size = Math.min(TEXTS_PER_BATCH, Math.max(1, tokens / Math.max(1, longest)));
            int[] batch = Arrays.copyOfRange(order, from, Math.min(order.length, from + size));
            batches.add(batch);
            from += batch.length;
        }
        return batches;
    }
}
