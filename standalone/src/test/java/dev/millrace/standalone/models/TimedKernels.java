package dev.millrace.standalone.models;

import dev.millrace.kernels.compute.Attention;
import dev.millrace.kernels.compute.Gate;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvBlocks;
import dev.millrace.kernels.compute.Matrix;
import dev.millrace.kernels.compute.Rotary;
import dev.millrace.kernels.compute.TokenBatch;
import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Kernels that note how long each kind of call takes. */
final class TimedKernels implements Kernels {
    private final Kernels kernels;
    private final Map<String, Long> nanos = new TreeMap<>();

    TimedKernels(Kernels kernels) {
        this.kernels = kernels;
    }

    /** What was spent since the last report, by kind of call. */
    String report(long wholeNanos) {
        StringBuilder report = new StringBuilder();
        long inside = nanos.values().stream().mapToLong(Long::longValue).sum();
        nanos.put("(decoder itself)", wholeNanos - inside);
        nanos.forEach((kind, spent) ->
                report.append(String.format(Locale.ROOT, " %s %.1f %%", kind, 100.0 * spent / wholeNanos)));
        nanos.clear();
        return report.toString();
    }

    /** Leaves out of the next report what was spent so far. */
    void forget() {
        nanos.clear();
    }

    private void timed(String kind, Runnable call) {
        long start = System.nanoTime();
        call.run();
        nanos.merge(kind, System.nanoTime() - start, Long::sum);
    }

    @Override
    public String name() {
        return kernels.name();
    }

    @Override
    public String description() {
        return kernels.description();
    }

    @Override
    public Matrix pack(List<Tensor> tensors, Arena arena) {
        return kernels.pack(tensors, arena);
    }

    @Override
    public void gather(Matrix matrix, int[] rows, int count, MemorySegment out) {
        timed("gather", () -> kernels.gather(matrix, rows, count, out));
    }

    @Override
    public void multiply(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs) {
        String kind = weights.size() == 3
                ? "qkv"
                : weights.size() == 2 ? "gate+up" : weights.getFirst().rows() > 40_000 ? "head" : "output/down";
        timed(kind, () -> kernels.multiply(x, tokens, weights, outs));
    }

    @Override
    public void rmsNorm(MemorySegment x, int rows, int width, MemorySegment weight, float epsilon, MemorySegment out) {
        timed("norm", () -> kernels.rmsNorm(x, rows, width, weight, epsilon, out));
    }

    @Override
    public void rotate(MemorySegment x, int heads, int headSize, TokenBatch batch, Rotary rotary) {
        timed("rotate", () -> kernels.rotate(x, heads, headSize, batch, rotary));
    }

    @Override
    public void store(MemorySegment keys, MemorySegment values, TokenBatch batch, KvBlocks cache) {
        timed("store", () -> kernels.store(keys, values, batch, cache));
    }

    @Override
    public void attend(
            Attention attention, MemorySegment queries, TokenBatch batch, KvBlocks cache, MemorySegment out) {
        timed("attend", () -> kernels.attend(attention, queries, batch, cache, out));
    }

    @Override
    public boolean afterAttention(
            MemorySegment attended, Output output, FeedForward network, MemorySegment x, int tokens) {
        long start = System.nanoTime();
        boolean done = kernels.afterAttention(attended, output, network, x, tokens);
        if (done) {
            nanos.merge("after attention", System.nanoTime() - start, Long::sum);
        }
        return done;
    }

    @Override
    public void gate(Gate activation, MemorySegment gate, MemorySegment up, long elements) {
        timed("gate", () -> kernels.gate(activation, gate, up, elements));
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long elements) {
        timed("add", () -> kernels.add(x, y, elements));
    }

    @Override
    public void addBias(MemorySegment x, int rows, int width, MemorySegment bias) {
        timed("bias", () -> kernels.addBias(x, rows, width, bias));
    }

    @Override
    public void scale(MemorySegment x, long elements, float factor) {
        timed("scale", () -> kernels.scale(x, elements, factor));
    }

    @Override
    public void close() {
        kernels.close();
    }
}
