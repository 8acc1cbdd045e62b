package dev.millrace.inference.models;

import dev.millrace.inference.model.Adapter;
import dev.millrace.inference.model.Backend;
import dev.millrace.inference.model.Step;
import dev.millrace.inference.model.StepResult;
import dev.millrace.kernels.compute.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Runs sequences through a backend, in steps of any cut, on blocks in any order. */
final class Forward {
    private final Backend backend;
    private final List<Integer> freeBlocks = new ArrayList<>();

    /** A sequence that is being computed: its logits are collected position by position. */
    final class Running {
        private final int[] ids;
        private final List<Step.Embedded> embeddings;
        private final Optional<Adapter> adapter;
        private final int[] blockTable;
        private int computed;
        private final float[][] logits;
        private final float[][] hidden;

        private Running(int[] ids, List<Step.Embedded> embeddings, Optional<Adapter> adapter) {
            this.ids = ids;
            this.embeddings = embeddings;
            this.adapter = adapter;
            this.blockTable = new int[Math.ceilDiv(ids.length, backend.blockTokens())];
            for (int i = 0; i < blockTable.length; i++) {
                blockTable[i] = freeBlocks.removeLast();
            }
            this.logits = new float[ids.length][];
            this.hidden = new float[ids.length][];
        }

        /** [position][vocabulary] */
        float[][] logits() {
            return logits;
        }

        /** [position][width] */
        float[][] hidden() {
            return hidden;
        }

        int left() {
            return ids.length - computed;
        }
    }

    Forward(Backend backend, Random random) {
        this.backend = backend;
        for (int i = 0; i < backend.blocks(); i++) {
            freeBlocks.add(i);
        }
        Collections.shuffle(freeBlocks, random);
    }

    Running start(int[] ids) {
        return start(ids, Optional.empty());
    }

    Running start(int[] ids, Optional<Adapter> adapter) {
        return new Running(ids, List.of(), adapter);
    }

    /** {@code embeddings} name positions of the sequence. */
    Running start(int[] ids, List<Step.Embedded> embeddings) {
        return new Running(ids, embeddings, Optional.empty());
    }

    /** The logits of every position of one sequence, alone, {@code chunk} tokens a step. */
    float[][] logits(int[] ids, int chunk) {
        return logits(ids, chunk, Optional.empty());
    }

    /** The same with an adapter. */
    float[][] logits(int[] ids, int chunk, Optional<Adapter> adapter) {
        Running running = start(ids, adapter);
        while (running.left() > 0) {
            step(List.of(running), new int[] {Math.min(chunk, running.left())});
        }
        return running.logits();
    }

    /** One step: the next {@code counts[i]} tokens of each sequence. */
    void step(List<Running> sequences, int[] counts) {
        int tokens = 0;
        for (int count : counts) {
            tokens += count;
        }
        int[] sequence = new int[tokens];
        int[] position = new int[tokens];
        int[] ids = new int[tokens];
        int[] rows = new int[tokens];
        int[][] blockTables = new int[sequences.size()][];
        List<Step.Embedded> embeddings = new ArrayList<>();
        List<Step.Adapted> adapted = new ArrayList<>();
        int row = 0;
        for (int s = 0; s < sequences.size(); s++) {
            Running running = sequences.get(s);
            blockTables[s] = running.blockTable;
            int first = row;
            int count = counts[s];
            running.adapter.ifPresent(adapter -> adapted.add(new Step.Adapted(adapter, first, count)));
            for (int i = 0; i < counts[s]; i++, row++) {
                sequence[row] = s;
                position[row] = running.computed + i;
                ids[row] = running.ids[running.computed + i];
                rows[row] = row;
            }
            for (Step.Embedded embedded : running.embeddings) {
                int place = embedded.row() - running.computed;
                if (place >= 0 && place < counts[s]) {
                    embeddings.add(new Step.Embedded(first + place, embedded.values()));
                }
            }
        }
        StepResult result = backend.forward(new Step(
                new TokenBatch(tokens, sequence, position, blockTables),
                ids,
                embeddings,
                adapted,
                tokens,
                rows,
                tokens,
                rows));
        row = 0;
        for (int s = 0; s < sequences.size(); s++) {
            Running running = sequences.get(s);
            for (int i = 0; i < counts[s]; i++, row++) {
                running.logits[running.computed] =
                        row(result.logits(), row, backend.shape().vocabularySize());
                running.hidden[running.computed] =
                        row(result.hidden(), row, backend.shape().width());
                running.computed++;
            }
        }
    }

    private static float[] row(MemorySegment rows, int row, int width) {
        return rows.asSlice(4L * row * width, 4L * width).toArray(ValueLayout.JAVA_FLOAT);
    }
}
