package dev.millrace.kernels.compute;

import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Products in the lanes of the Vector API with float32 activations; all that is not a product as in plain Java. */
final class VectorKernels implements Kernels {
    private final ScalarKernels rest;
    private final int threads;

    VectorKernels(int threads) {
        this.threads = threads;
        this.rest = new ScalarKernels(threads, new VectorRowProduct());
    }

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public String description() {
        return "vector: Vector API (" + VectorRowProduct.lanes() + " lanes), float32 activations, " + threads
                + " threads";
    }

    @Override
    public Matrix pack(List<Tensor> tensors, Arena arena) {
        return rest.pack(tensors, arena);
    }

    @Override
    public void gather(Matrix matrix, int[] rows, int count, MemorySegment out) {
        rest.gather(matrix, rows, count, out);
    }

    @Override
    public void multiply(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs) {
        rest.multiply(x, tokens, weights, outs);
    }

    @Override
    public void rmsNorm(MemorySegment x, int rows, int width, MemorySegment weight, float epsilon, MemorySegment out) {
        rest.rmsNorm(x, rows, width, weight, epsilon, out);
    }

    @Override
    public void rotate(MemorySegment x, int heads, int headSize, TokenBatch batch, Rotary rotary) {
        rest.rotate(x, heads, headSize, batch, rotary);
    }

    @Override
    public void store(MemorySegment keys, MemorySegment values, TokenBatch batch, KvBlocks cache) {
        rest.store(keys, values, batch, cache);
    }

    @Override
    public void attend(
            Attention attention, MemorySegment queries, TokenBatch batch, KvBlocks cache, MemorySegment out) {
        rest.attend(attention, queries, batch, cache, out);
    }

    @Override
    public void gate(Gate activation, MemorySegment gate, MemorySegment up, long elements) {
        rest.gate(activation, gate, up, elements);
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
