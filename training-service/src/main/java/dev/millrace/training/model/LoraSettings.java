package dev.millrace.training.model;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A low-rank adapter's shape.
 *
 * @param rank rows of A, columns of B
 * @param alpha the adapter's share is multiplied by alpha / rank
 * @param rankStabilized divide by the square root of the rank instead
 * @param dropout share of an adapter's inputs that is set to zero in training
 * @param targets which matrices of a layer have one, by the last part of their names
 * @param form of what is trained beside a matrix
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA</a>
 * @see <a href="https://arxiv.org/abs/2312.03732">rsLoRA</a>
 */
public record LoraSettings(
        int rank, double alpha, boolean rankStabilized, double dropout, Set<String> targets, Form form) {
    /** What is trained beside a matrix. */
    public enum Form {
        /** Two matrices, whose product is added to it. */
        LORA,
        /**
         * The same, and a magnitude for each output: the sum's row, brought to that length.
         *
         * @see <a href="https://arxiv.org/abs/2402.09353">DoRA, eq. 5</a>
         */
        DORA
    }

    /** All linear layers, in the order of a layer's work. */
    public static final List<String> ALL_TARGETS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    /** What engines serve at most. */
    private static final int HIGHEST_RANK = 256;

    /** Two matrices beside each. */
    public LoraSettings(int rank, double alpha, boolean rankStabilized, double dropout, Set<String> targets) {
        this(rank, alpha, rankStabilized, dropout, targets, Form.LORA);
    }

    public LoraSettings {
        // of a job that was taken in before there were two
        form = form == null ? Form.LORA : form;
        if (rank < 1 || rank > HIGHEST_RANK) {
            throw new IllegalArgumentException("rank must be 1 to " + HIGHEST_RANK + ", was " + rank);
        }
        if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("alpha must be above 0, was " + alpha);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout must be 0 or more and below 1, was " + dropout);
        }
        if (form == Form.DORA && dropout > 0) {
            throw new IllegalArgumentException("dropout must be 0 with DoRA, was " + dropout);
        }
        if (targets.isEmpty() || !ALL_TARGETS.containsAll(targets)) {
            throw new IllegalArgumentException("targets must be some of " + ALL_TARGETS + ", were " + targets);
        }
        // in one order, whatever the caller's set has: files must come out the same
        Set<String> ordered = new LinkedHashSet<>(ALL_TARGETS);
        ordered.retainAll(targets);
        targets = java.util.Collections.unmodifiableSet(ordered);
    }

    /** Of that rank on all linear layers, alpha twice the rank, no dropout. */
    public static LoraSettings ofRank(int rank) {
        return new LoraSettings(rank, 2.0 * rank, false, 0, Set.copyOf(ALL_TARGETS));
    }

    /** What the product of B and A is multiplied with. */
    public double scale() {
        return rankStabilized ? alpha / Math.sqrt(rank) : alpha / rank;
    }
}
