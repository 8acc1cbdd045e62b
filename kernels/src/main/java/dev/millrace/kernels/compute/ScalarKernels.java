package dev.millrace.kernels.compute;

import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Plain Java: runs everywhere, and is what the other providers are tested against. Activations are float32 whatever the
 * options say; rows of weights are widened one by one as they are needed.
 */
final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    /** Rows of weights that are one part of a product's work. */
    private static final int PART_ROWS = 32;
    /** Below so many elements a second thread costs more than it saves. */
    private static final int PART_ELEMENTS = 1 << 15;

    private final WorkerPool pool;

    ScalarKernels(int threads) {
        this(new WorkerPool(threads));
    }

    /** Closes {@code pool} when it is closed. */
    ScalarKernels(WorkerPool pool) {
        this.pool = pool;
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public String description() {
        return "scalar: plain Java, float32 activations, " + pool.threads() + " threads";
    }

    @Override
    public Matrix pack(List<Tensor> tensors, Arena arena) {
        return ScalarMatrix.of(tensors, arena);
    }

    @Override
    public void gather(Matrix matrix, int[] rows, int count, MemorySegment out) {
        ScalarMatrix weights = (ScalarMatrix) matrix;
        float[] widened = new float[weights.columns()];
        for (int i = 0; i < count; i++) {
            ScalarMatrix.Part part = weights.partOf(rows[i]);
            new RowWidener(part.type(), widened.length).widen(part.data(), rows[i] - part.firstRow(), widened, 0);
            MemorySegment.copy(widened, 0, out, FLOAT, 4L * i * widened.length, widened.length);
        }
    }

    @Override
    public void multiply(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs) {
        for (int i = 0; i < weights.size(); i++) {
            ScalarMatrix matrix = (ScalarMatrix) weights.get(i);
            MemorySegment out = outs.get(i);
            float[] input = new float[Math.multiplyExact(tokens, matrix.columns())];
            MemorySegment.copy(x, FLOAT, 0, input, 0, input.length);
            for (ScalarMatrix.Part part : matrix.parts()) {
                int chunks = Math.ceilDiv(part.rows(), PART_ROWS);
                pool.run(chunks, chunk -> multiply(matrix, part, chunk, input, tokens, out));
            }
        }
    }

    private void multiply(
            ScalarMatrix matrix, ScalarMatrix.Part part, int chunk, float[] input, int tokens, MemorySegment out) {
        int columns = matrix.columns();
        RowWidener widener = new RowWidener(part.type(), columns);
        float[] widened = new float[columns];
        int end = Math.min(part.rows(), (chunk + 1) * PART_ROWS);
        for (int row = chunk * PART_ROWS; row < end; row++) {
            widener.widen(part.data(), row, widened, 0);
            for (int token = 0; token < tokens; token++) {
                float product = dot(widened, input, token * columns, columns);
                out.setAtIndex(FLOAT, (long) token * matrix.rows() + part.firstRow() + row, product);
            }
        }
    }

    /** Eight sums side by side: one alone waits four cycles for each addition. */
    private static float dot(float[] a, float[] b, int offset, int count) {
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        int i = 0;
        for (; i + 8 <= count; i += 8) {
            s0 += a[i] * b[offset + i];
            s1 += a[i + 1] * b[offset + i + 1];
            s2 += a[i + 2] * b[offset + i + 2];
            s3 += a[i + 3] * b[offset + i + 3];
            s4 += a[i + 4] * b[offset + i + 4];
            s5 += a[i + 5] * b[offset + i + 5];
            s6 += a[i + 6] * b[offset + i + 6];
            s7 += a[i + 7] * b[offset + i + 7];
        }
        for (; i < count; i++) {
            s0 += a[i] * b[offset + i];
        }
        return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7));
    }

    @Override
    public void rmsNorm(MemorySegment x, int rows, int width, MemorySegment weight, float epsilon, MemorySegment out) {
        forRows(rows, width, row -> {
            long start = (long) row * width;
            double squares = 0;
            for (int i = 0; i < width; i++) {
                double value = x.getAtIndex(FLOAT, start + i);
                squares += value * value;
            }
            float factor = (float) (1 / Math.sqrt(squares / width + epsilon));
            for (int i = 0; i < width; i++) {
                float value = x.getAtIndex(FLOAT, start + i) * factor * weight.getAtIndex(FLOAT, i);
                out.setAtIndex(FLOAT, start + i, value);
            }
        });
    }

    @Override
    public void rotate(MemorySegment x, int heads, int headSize, TokenBatch batch, Rotary rotary) {
        StepCheck.rotation(headSize, batch, rotary);
        int half = rotary.rotated() / 2;
        int step = rotary.layout() == Rotary.Layout.HALVES ? 1 : 2;
        int distance = rotary.layout() == Rotary.Layout.HALVES ? half : 1;
        forRows(batch.tokens(), heads * headSize, token -> {
            long angles = (long) batch.position()[token] * half;
            for (int head = 0; head < heads; head++) {
                long start = ((long) token * heads + head) * headSize;
                for (int i = 0; i < half; i++) {
                    float cosine = rotary.cosines().getAtIndex(FLOAT, angles + i);
                    float sine = rotary.sines().getAtIndex(FLOAT, angles + i);
                    long first = start + (long) i * step;
                    float a = x.getAtIndex(FLOAT, first);
                    float b = x.getAtIndex(FLOAT, first + distance);
                    x.setAtIndex(FLOAT, first, a * cosine - b * sine);
                    x.setAtIndex(FLOAT, first + distance, b * cosine + a * sine);
                }
            }
        });
    }

    @Override
    public void store(MemorySegment keys, MemorySegment values, TokenBatch batch, KvBlocks cache) {
        StepCheck.blocks(batch, cache);
        ScalarAttention attention = new ScalarAttention(cache);
        for (int token = 0; token < batch.tokens(); token++) {
            attention.store(keys, values, batch, token);
        }
    }

    @Override
    public void attend(
            Attention attention, MemorySegment queries, TokenBatch batch, KvBlocks cache, MemorySegment out) {
        StepCheck.attention(attention, batch, cache);
        ScalarAttention heads = new ScalarAttention(cache);
        pool.run(
                batch.tokens() * attention.heads(),
                part -> heads.attend(
                        attention, queries, batch, part / attention.heads(), part % attention.heads(), out));
    }

    @Override
    public void gate(Gate activation, MemorySegment gate, MemorySegment up, long elements) {
        forElements(elements, (from, to) -> {
            for (long i = from; i < to; i++) {
                float x = gate.getAtIndex(FLOAT, i);
                gate.setAtIndex(FLOAT, i, activate(activation, x) * up.getAtIndex(FLOAT, i));
            }
        });
    }

    private static float activate(Gate activation, double x) {
        return switch (activation) {
            case SILU -> (float) (x / (1 + Math.exp(-x)));
            case GELU_TANH -> (float) (0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
        };
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long elements) {
        forElements(elements, (from, to) -> {
            for (long i = from; i < to; i++) {
                x.setAtIndex(FLOAT, i, x.getAtIndex(FLOAT, i) + y.getAtIndex(FLOAT, i));
            }
        });
    }

    @Override
    public void addBias(MemorySegment x, int rows, int width, MemorySegment bias) {
        forRows(rows, width, row -> {
            long start = (long) row * width;
            for (int i = 0; i < width; i++) {
                x.setAtIndex(FLOAT, start + i, x.getAtIndex(FLOAT, start + i) + bias.getAtIndex(FLOAT, i));
            }
        });
    }

    @Override
    public void scale(MemorySegment x, long elements, float factor) {
        forElements(elements, (from, to) -> {
            for (long i = from; i < to; i++) {
                x.setAtIndex(FLOAT, i, x.getAtIndex(FLOAT, i) * factor);
            }
        });
    }

    @Override
    public void close() {
        pool.close();
    }

    private void forRows(int rows, int width, WorkerPool.Task row) {
        int partRows = Math.max(1, PART_ELEMENTS / width);
        pool.run(Math.ceilDiv(rows, partRows), part -> {
            int end = Math.min(rows, (part + 1) * partRows);
            for (int i = part * partRows; i < end; i++) {
                row.run(i);
            }
        });
    }

    private interface Range {
        void run(long from, long to);
    }

    private void forElements(long elements, Range range) {
        pool.run(
                Math.toIntExact(Math.ceilDiv(elements, PART_ELEMENTS)),
                part -> range.run((long) part * PART_ELEMENTS, Math.min(elements, (part + 1L) * PART_ELEMENTS)));
    }
}
