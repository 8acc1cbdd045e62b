package dev.millrace.inference.engine;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.Step;
import dev.millrace.inference.schedule.Prompt;
import dev.millrace.kernels.compute.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Lays a plan out as the arrays that the backend reads, and remembers which rows of its result belong to which sequence.
 * Made once and rewritten from step to step.
 */
final class StepArrays {
    private static final int[] NO_BLOCKS = {};

    private final int[] sequence;
    private final int[] position;
    private final int[] ids;
    private final int[] logitsRows;
    private final int[] hiddenRows;
    private final int[][] blockTables;

    // by sequence of the step: where its results begin, and what they belong to
    private final int[] firstRow;
    private final int[] firstResult;
    private final int[] results;
    private int generating;

    StepArrays(int maxTokens, int maxSequences) {
        this.sequence = new int[maxTokens];
        this.position = new int[maxTokens];
        this.ids = new int[maxTokens];
        this.logitsRows = new int[maxTokens];
        this.hiddenRows = new int[maxTokens];
        this.blockTables = new int[maxSequences][0];
        this.firstRow = new int[maxSequences];
        this.firstResult = new int[maxSequences];
        this.results = new int[maxSequences];
    }

    /** Brings those of one adapter side by side, so that their rows are one range; without adapters all stay where they are. */
    static void sortByAdapter(List<Work> plan) {
        if (plan.stream().anyMatch(work -> work.adapter().isPresent())) {
            plan.sort(Comparator.comparing(Work::adapterDigest));
        }
    }

    /** @param plan those of one adapter side by side */
    Step fill(List<Work> plan) {
        int tokens = 0;
        int logits = 0;
        int hidden = 0;
        generating = 0;
        List<Step.Embedded> embeddings = new ArrayList<>();
        List<Step.Adapted> adapted = new ArrayList<>();
        for (int s = 0; s < plan.size(); s++) {
            Work work = plan.get(s);
            blockTables[s] = work.blocks().ids();
            firstRow[s] = work.readsLogits() ? logits : hidden;
            firstResult[s] = work.firstResult();
            results[s] = work.results();
            int from = work.computed();
            int to = from + work.scheduled();
            generating += work.generating() ? work.scheduled() : 0;
            addEmbeddings(work.prompt(), from, to, tokens - from, embeddings);
            addAdapted(work.adapter(), tokens, to - from, adapted);
            for (int p = from; p < to; p++, tokens++) {
                sequence[tokens] = s;
                position[tokens] = p;
                // where an embedding stands, any id will do
                ids[tokens] = Math.max(0, work.id(p));
                if (p >= firstResult[s]) {
                    if (work.readsLogits()) {
                        logitsRows[logits++] = tokens;
                    } else {
                        hiddenRows[hidden++] = tokens;
                    }
                }
            }
        }
        // who copies tables need not copy those of earlier steps
        Arrays.fill(blockTables, plan.size(), blockTables.length, NO_BLOCKS);
        return new Step(
                new TokenBatch(tokens, sequence, position, blockTables),
                ids,
                embeddings,
                adapted,
                logits,
                logitsRows,
                hidden,
                hiddenRows);
    }

    /** How many of the step's tokens belong to sequences that generate. */
    int generating() {
        return generating;
    }

    /** The row of the first result of the plan's {@code s}th sequence. */
    int firstRow(int s) {
        return firstRow[s];
    }

    /** The position that it belongs to. */
    int firstResult(int s) {
        return firstResult[s];
    }

    int results(int s) {
        return results[s];
    }

    private static void addAdapted(Optional<Adapter> adapter, int first, int rows, List<Step.Adapted> adapted) {
        if (adapter.isEmpty()) {
            return;
        }
        Adapter own = adapter.get();
        if (!adapted.isEmpty() && adapted.getLast().adapter().digest().equals(own.digest())) {
            Step.Adapted before = adapted.removeLast();
            adapted.add(new Step.Adapted(before.adapter(), before.first(), before.rows() + rows));
        } else {
            adapted.add(new Step.Adapted(own, first, rows));
        }
    }

    private static void addEmbeddings(Prompt prompt, int from, int to, int shift, List<Step.Embedded> embeddings) {
        for (Prompt.Span span : prompt.spans()) {
            int end = Math.min(to, span.start() + span.rows());
            for (int p = Math.max(from, span.start()); p < end; p++) {
                embeddings.add(new Step.Embedded(p + shift, span.row(p)));
            }
        }
    }
}
