package dev.millrace.kernels.compute;

import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The lanes of the Vector API, with float32 activations and weights in the panels of src/main/c/panels.h. What is left to
 * plain Java takes no time worth mentioning; attention over quantized keys and values does.
 */
final class VectorKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    /** Below so many elements a second thread costs more than it saves. */
    private static final int PART_ELEMENTS = 1 << 13;

    private final WorkerPool pool;
    private final ScalarKernels rest;
    private final VectorProduct product;
    private final VectorAttention attention;

    VectorKernels(int threads) {
        this.pool = new WorkerPool(threads);
        this.rest = new ScalarKernels(pool);
        this.product = new VectorProduct(pool);
        this.attention = new VectorAttention(pool);
    }

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public String description() {
        return "vector: Vector API (" + Lanes.COUNT + " lanes), float32 activations, " + pool.threads() + " threads";
    }

    @Override
    public Matrix pack(List<Tensor> tensors, Arena arena) {
        return PanelMatrix.of(tensors, arena, pool, PanelWriter::pack);
    }

    @Override
    public void gather(Matrix matrix, int[] rows, int count, MemorySegment out) {
        PanelMatrix weights = (PanelMatrix) matrix;
        int columns = weights.columns();
        StepCheck.floats("out", out, (long) count * columns);
        float[] widened = new float[columns];
        for (int i = 0; i < count; i++) {
            PanelRow.widen(weights.partOf(rows[i]), rows[i], widened);
            MemorySegment.copy(widened, 0, out, FLOAT, 4L * i * columns, columns);
        }
    }

    @Override
    public void multiply(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs) {
        product.multiply(x, tokens, weights, outs);
    }

    @Override
    public void rmsNorm(MemorySegment x, int rows, int width, MemorySegment weight, float epsilon, MemorySegment out) {
        StepCheck.floats("x", x, (long) rows * width);
        StepCheck.floats("weight", weight, width);
        StepCheck.floats("out", out, (long) rows * width);
        int partRows = Math.max(1, PART_ELEMENTS / width);
        pool.run(Math.ceilDiv(rows, partRows), part -> {
            // what fills up the last register stays 0
            float[] row = new float[Lanes.padded(width)];
            float[] lanes = new float[Lanes.COUNT];
            float[] factors = new float[width];
            MemorySegment.copy(weight, FLOAT, 0, factors, 0, width);
            for (int r = part * partRows; r < Math.min(rows, (part + 1) * partRows); r++) {
                MemorySegment.copy(x, FLOAT, 4L * r * width, row, 0, width);
                float squares = VectorElements.squares(row, row.length, lanes);
                float factor = (float) (1 / Math.sqrt(squares / width + epsilon));
                for (int i = 0; i < width; i++) {
                    row[i] = row[i] * factor * factors[i];
                }
                MemorySegment.copy(row, 0, out, FLOAT, 4L * r * width, width);
            }
        });
    }

    @Override
    public void rotate(MemorySegment x, int heads, int headSize, TokenBatch batch, Rotary rotary) {
        rest.rotate(x, heads, headSize, batch, rotary);
    }

    @Override
    public void store(MemorySegment keys, MemorySegment values, TokenBatch batch, KvBlocks cache) {
        if (cache.type().quantized()) {
            rest.store(keys, values, batch, cache);
            return;
        }
        StepCheck.blocks(batch, cache);
        int partTokens = Math.max(1, PART_ELEMENTS / (cache.kvHeads() * cache.headSize()));
        pool.run(Math.ceilDiv(batch.tokens(), partTokens), part -> {
            for (int token = part * partTokens; token < Math.min(batch.tokens(), (part + 1) * partTokens); token++) {
                attention.store(keys, values, batch, token, cache);
            }
        });
    }

    @Override
    public void attend(Attention shape, MemorySegment queries, TokenBatch batch, KvBlocks cache, MemorySegment out) {
        if (cache.type().quantized()) {
            rest.attend(shape, queries, batch, cache, out);
            return;
        }
        StepCheck.attention(shape, batch, cache);
        attention.attend(shape, queries, batch, cache, out);
    }

    @Override
    public void gate(Gate activation, MemorySegment gate, MemorySegment up, long elements) {
        StepCheck.floats("gate", gate, elements);
        StepCheck.floats("up", up, elements);
        pool.run(Math.toIntExact(Math.ceilDiv(elements, PART_ELEMENTS)), part -> {
            long from = (long) part * PART_ELEMENTS;
            int count = (int) Math.min(PART_ELEMENTS, elements - from);
            float[] g = new float[Lanes.padded(count)];
            float[] u = new float[Lanes.padded(count)];
            MemorySegment.copy(gate, FLOAT, 4 * from, g, 0, count);
            MemorySegment.copy(up, FLOAT, 4 * from, u, 0, count);
            switch (activation) {
                case SILU -> VectorElements.silu(g, u, g.length);
                case GELU_TANH -> VectorElements.gelu(g, u, g.length);
            }
            MemorySegment.copy(g, 0, gate, FLOAT, 4 * from, count);
        });
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long elements) {
        rest.add(x, y, elements);
    }

    @Override
    public void addBias(MemorySegment x, int rows, int width, MemorySegment bias) {
        rest.addBias(x, rows, width, bias);
    }

    @Override
    public void scale(MemorySegment x, long elements, float factor) {
        rest.scale(x, elements, factor);
    }

    @Override
    public void close() {
        rest.close();
    }
}
