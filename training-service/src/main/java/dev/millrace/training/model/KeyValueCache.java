package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;

/** Keys and values of sequences that grow by a token at a time, layer by layer. */
final class KeyValueCache {
    private final Scope scope;
    private final int[] lengths;
    private final IdentityHashMap<SelfAttention, Known> layers = new IdentityHashMap<>();

    /**
     * One layer's.
     *
     * @param keys of each sequence, turned: [length, kvHeads, headSize]
     * @param values of each sequence, likewise
     */
    record Known(List<NDArray> keys, List<NDArray> values) {}

    /**
     * @param scope where they live
     * @param lengths of the sequences that come first, one after the other
     */
    KeyValueCache(Scope scope, int[] lengths) {
        this.scope = scope;
        this.lengths = lengths.clone();
    }

    boolean knows(SelfAttention layer) {
        return layers.containsKey(layer);
    }

    /** Takes all sequences' first tokens, one sequence after the other. */
    void begin(SelfAttention layer, Scope work, NDArray keys, NDArray values) {
        layers.put(layer, new Known(each(work, keys), each(work, values)));
    }

    private List<NDArray> each(Scope work, NDArray all) {
        List<NDArray> each = new ArrayList<>();
        int from = 0;
        for (int length : lengths) {
            // a copy: what it is a part of is freed with the pass
            each.add(scope.keep(work.call("below", List.of(work.call("row_range", all, from, from + length)))));
            from += length;
        }
        return each;
    }

    /** Takes a token more of each sequence. */
    Known grown(SelfAttention layer, Scope work, NDArray keys, NDArray values) {
        Known known = Objects.requireNonNull(layers.get(layer));
        append(work, known.keys, keys);
        append(work, known.values, values);
        return known;
    }

    private void append(Scope work, List<NDArray> each, NDArray rows) {
        for (int i = 0; i < each.size(); i++) {
            NDArray longer = work.call("below", List.of(each.get(i), work.call("row_range", rows, i, i + 1)));
            each.get(i).close();
            each.set(i, scope.keep(longer));
        }
    }
}
