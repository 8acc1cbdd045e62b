package dev.millrace.kernels.compute;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Products of one input with several matrices in panels. A part of the work are some pairs of registers of rows; of each
 * pair a few blocks at a time are opened, which stay in the first-level cache while all tokens are multiplied with them.
 */
final class VectorProduct {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    /** Blocks opened together: 16 KB of weights where registers have 16 lanes. */
    private static final int OPENED_BLOCKS = 4;

    private static final int TILE = 4;
    /** What one thread takes at a time at most. */
    private static final long PART_BYTES = 256 << 10;
    /** Tokens that one thread copies at a time. */
    private static final int PART_TOKENS = 32;

    private final WorkerPool pool;
    private float[] input = new float[0];

    VectorProduct(WorkerPool pool) {
        this.pool = pool;
    }

    /** Some pairs of registers of one matrix's rows. */
    private record Work(PanelMatrix.Part part, int first, int last, MemorySegment out, int outStride) {}

    void multiply(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs) {
        if (tokens == 0) {
            return;
        }
        int columns = weights.getFirst().columns();
        StepCheck.floats("x", x, (long) tokens * columns);
        List<Work> work = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            PanelMatrix matrix = (PanelMatrix) weights.get(i);
            if (matrix.columns() != columns) {
                throw new IllegalArgumentException(
                        "matrices that share an input must have its columns, " + columns + ", not " + matrix.columns());
            }
            StepCheck.floats("out", outs.get(i), (long) tokens * matrix.rows());
            for (PanelMatrix.Part part : matrix.parts()) {
                share(part, columns, outs.get(i), matrix.rows(), work);
            }
        }
        float[] floats = input(x, tokens, columns);
        pool.run(work.size(), index -> run(work.get(index), columns, floats, tokens));
    }

    private void share(PanelMatrix.Part part, int columns, MemorySegment out, int outStride, List<Work> work) {
        int pairs = Math.ceilDiv(part.rows(), VectorPanels.STRIDE);
        long pairBytes = part.format().panelBytes(columns) * VectorPanels.STRIDE / PanelFormat.ROWS;
        int most = (int) Math.max(1, PART_BYTES / pairBytes);
        int even = Math.ceilDiv(pairs, 4 * pool.threads());
        int step = Math.max(1, Math.min(most, even));
        for (int pair = 0; pair < pairs; pair += step) {
            work.add(new Work(part, pair, Math.min(pairs, pair + step), out, outStride));
        }
    }

    /** The input as [tokens, columns], columns filled up to whole blocks with zeros. */
    private float[] input(MemorySegment x, int tokens, int columns) {
        int padded = PanelFormat.blocks(columns) * PanelFormat.COLUMNS;
        int length = Math.multiplyExact(tokens, padded);
        if (input.length < length) {
            input = new float[length];
        }
        float[] to = input;
        pool.run(Math.ceilDiv(tokens, PART_TOKENS), part -> {
            int end = Math.min(tokens, (part + 1) * PART_TOKENS);
            for (int token = part * PART_TOKENS; token < end; token++) {
                MemorySegment.copy(x, FLOAT, 4L * token * columns, to, token * padded, columns);
                Arrays.fill(to, token * padded + columns, (token + 1) * padded, 0);
            }
        });
        return to;
    }

    private static void run(Work work, int columns, float[] x, int tokens) {
        VectorPanels panels = new VectorPanels(work.part, columns);
        int blocks = PanelFormat.blocks(columns);
        float[] weights = new float[OPENED_BLOCKS * PanelFormat.COLUMNS * VectorPanels.STRIDE];
        float[] sums = new float[Math.ceilDiv(tokens, TILE) * TILE * VectorPanels.STRIDE];
        // of a last pair with one register, that one stands twice
        int lastRegister = Math.ceilDiv(work.part.rows(), Lanes.COUNT) - 1;
        for (int pair = work.first; pair < work.last; pair++) {
            Arrays.fill(sums, 0);
            for (int block = 0; block < blocks; block += OPENED_BLOCKS) {
                int count = Math.min(OPENED_BLOCKS, blocks - block);
                for (int i = 0; i < count; i++) {
                    int at = i * PanelFormat.COLUMNS * VectorPanels.STRIDE;
                    panels.open(2 * pair, block + i, weights, at);
                    panels.open(Math.min(lastRegister, 2 * pair + 1), block + i, weights, at + Lanes.COUNT);
                }
                int stride = blocks * PanelFormat.COLUMNS;
                addTokens(weights, count * PanelFormat.COLUMNS, x, block * PanelFormat.COLUMNS, stride, tokens, sums);
            }
            store(work, pair, sums, tokens);
        }
    }

    private static void addTokens(
            float[] weights, int count, float[] x, int xAt, int xStride, int tokens, float[] sums) {
        if (tokens == 1) {
            VectorTiles.one(weights, 0, VectorPanels.STRIDE, count, x, xAt, sums, 0);
            return;
        }
        for (int token = 0; token < tokens; token += TILE) {
            int at = xAt + token * xStride;
            // a tile that isn't full multiplies its last token again, into sums that nobody reads
            int last = tokens - 1 - token;
            VectorTiles.four(
                    weights,
                    0,
                    VectorPanels.STRIDE,
                    count,
                    x,
                    at,
                    at + Math.min(1, last) * xStride,
                    at + Math.min(2, last) * xStride,
                    at + Math.min(3, last) * xStride,
                    sums,
                    token * VectorPanels.STRIDE,
                    VectorPanels.STRIDE);
        }
    }

    private static void store(Work work, int pair, float[] sums, int tokens) {
        int row = pair * VectorPanels.STRIDE;
        int rows = Math.min(VectorPanels.STRIDE, work.part.rows() - row);
        for (int token = 0; token < tokens; token++) {
            long to = (long) token * work.outStride + work.part.firstRow() + row;
            MemorySegment.copy(sums, token * VectorPanels.STRIDE, work.out, FLOAT, 4 * to, rows);
        }
    }
}
