package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What makes logits of hidden states: a row for each token of the vocabulary. */
final class Head {
    /** Logits that exist at a time, 64 MB of them: fewer rows make the head's products slower, more only take memory. */
    static final long LOGITS = 16L << 20;

    private static final int FEWEST_ROWS = 32;

    private final String name;
    private final Weight weight;
    /** Rows of it that are open at a time. */
    private final long part;
    /** Of each column: what a row's mean logit is the product with. */
    private final NDArray means;

    /**
     * @param name in the model, as Hugging Face has it
     * @param part rows of the weight that may be open at a time
     * @param owner of its own arrays
     */
    Head(String name, Weight weight, long part, Scope owner) {
        this.name = name;
        this.weight = weight;
        this.part = Math.min(part, weight.outputs());
        this.means = means(owner);
    }

    private NDArray means(Scope scope) {
        List<NDArray> each = new ArrayList<>();
        try (Scope work = scope.inner()) {
            for (long from = 0; from < weight.outputs(); from += part) {
                try (Scope open = work.inner()) {
                    long to = Math.min(weight.outputs(), from + part);
                    double share = (double) (to - from) / weight.outputs();
                    each.add(work.keep(open.call("column_means", weight.open(open, from, to), share)));
                }
            }
            return scope.keep(work.call("sum", each));
        }
    }

    String name() {
        return name;
    }

    Weight weight() {
        return weight;
    }

    /** All logits: [rows, vocabulary]. */
    NDArray logits(Scope scope, NDArray x) {
        if (part == weight.outputs()) {
            return weight.forward(scope, x);
        }
        List<NDArray> parts = new ArrayList<>();
        for (long from = 0; from < weight.outputs(); from += part) {
            parts.add(scope.call("linear", x, weight.open(scope, from, Math.min(weight.outputs(), from + part))));
        }
        return scope.call("beside", parts);
    }

    /**
     * Of each row the log-probability of its label; that one's derivative by the row, if it is wanted; whether the label is the
     * likeliest token; the mean logit. Logits exist for some rows and some tokens at a time.
     *
     * @param x [rows, width]
     * @param labels of each row
     * @param moves whether the head is trained, so that its means are other ones now
     */
    NDList scores(Scope work, NDArray x, long[] labels, boolean slopes, boolean moves) {
        NDArray own = moves ? means(work) : means;
        return part == weight.outputs() ? byRows(work, x, labels, slopes, own) : byTokens(work, x, labels, slopes, own);
    }

    private NDList byRows(Scope work, NDArray x, long[] labels, boolean slopes, NDArray columnMeans) {
        long size = Math.max(FEWEST_ROWS, LOGITS / part);
        List<NDArray> logps = new ArrayList<>();
        List<NDArray> each = new ArrayList<>();
        List<NDArray> hits = new ArrayList<>();
        for (long from = 0; from < labels.length; from += size) {
            long to = Math.min(labels.length, from + size);
            long[] own = Arrays.copyOfRange(labels, (int) from, (int) to);
            try (Scope some = work.inner()) {
                NDArray logits = weight.forward(some, some.call("row_range", x, from, to));
                NDList scores = some.callMany("scores", logits, some.whole(own));
                logps.add(work.keep(scores.get(0)));
                hits.add(work.keep(scores.get(1)));
                if (slopes) {
                    NDArray expected = weight.back(some, scores.get(2));
                    each.add(work.keep(some.call("less_", weight.rows(some, own), expected)));
                }
            }
        }
        NDArray all = slopes ? work.call("below", each) : work.whole();
        return new NDList(work.call("below", logps), all, work.call("below", hits), work.call("along", x, columnMeans));
    }

    private NDList byTokens(Scope work, NDArray x, long[] labels, boolean slopes, NDArray columnMeans) {
        NDArray wanted = work.whole(labels);
        long size = Math.max(FEWEST_ROWS, LOGITS / part);
        // the highest logit, the sum of exponentials over it, the label's logit, the mean row of the head: of the parts
        // so far
        NDList state = work.callMany("scores_start", x, slopes);
        for (long from = 0; from < weight.outputs(); from += part) {
            try (Scope open = work.inner()) {
                NDArray tokens = weight.open(open, from, Math.min(weight.outputs(), from + part));
                open.call("scores_part_", x, tokens, wanted, from, List.copyOf(state), size, slopes);
            }
        }
        return work.callMany("scores_end", x, columnMeans, weight.rows(work, labels), List.copyOf(state), slopes);
    }

    /**
     * Adds to the head's gradient that of {@code sum(coefficients * logps)}.
     *
     * @param gradient [vocabulary, width]
     */
    void back(Scope work, NDArray gradient, NDArray x, NDArray labels, NDArray coefficients) {
        long rows = Math.max(FEWEST_ROWS, LOGITS / weight.outputs());
        work.call("scores_back_", gradient, x, weight.open(work), labels, coefficients, rows);
    }
}
