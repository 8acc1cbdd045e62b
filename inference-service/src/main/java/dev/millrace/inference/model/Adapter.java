package dev.millrace.inference.model;

import dev.millrace.kernels.compute.Matrix;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A low-rank adapter, ready to compute with beside the weights of the model that it was made for: where it has a matrix
 * pair for one of a layer's products, {@code scale * x A^T B^T} is added to it; with DoRA each output of the sum is then
 * multiplied with a factor. Its memory stays as long as its owner or
 * anyone who {@link #acquire acquired} it needs it.
 *
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA</a>
 * @see <a href="https://arxiv.org/abs/2402.09353">DoRA</a>
 */
public final class Adapter implements AutoCloseable {
    private final String digest;
    private final int rank;
    private final long bytes;
    private final List<Map<Part, LowRank>> layers;
    private final Arena arena;
    /** Its owner is one of them. */
    private final AtomicInteger users = new AtomicInteger(1);

    /**
     * What is added to one matrix [outputs, inputs].
     *
     * @param a [rank, inputs]
     * @param b [outputs, rank]
     * @param factors DoRA's, of each output: its magnitude over the length of its row of W + scale * B A
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers that nobody compares
    record LowRank(Matrix a, Matrix b, float scale, Optional<float[]> factors) {
        int rank() {
            return a.rows();
        }
    }

    /**
     * @param digest names what it holds: of two adapters with one digest, either gives the same bits
     * @param layers for each layer what is added to its matrices
     * @param arena holds them; closed with the last use
     */
    Adapter(String digest, int rank, List<Map<Part, LowRank>> layers, Arena arena) {
        this.digest = digest;
        this.rank = rank;
        this.layers = layers.stream().map(Adapter::copy).toList();
        this.arena = arena;
        this.bytes = layers.stream()
                .flatMap(layer -> layer.values().stream())
                .mapToLong(matrices -> matrices.a().bytes() + matrices.b().bytes())
                .sum();
    }

    private static Map<Part, LowRank> copy(Map<Part, LowRank> layer) {
        Map<Part, LowRank> copy = new EnumMap<>(Part.class);
        copy.putAll(layer);
        return copy;
    }

    /** Names its content: keys and values that one adapter gave are of no use to another. */
    public String digest() {
        return digest;
    }

    public int rank() {
        return rank;
    }

    /** Bytes that one product of all its matrices reads. */
    public long bytes() {
        return bytes;
    }

    /** Keeps its memory for one user more; false if it is gone already. */
    public boolean acquire() {
        return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    /** The end of what {@link #acquire} began. */
    public void release() {
        int left = users.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("an adapter is released more often than it was acquired");
        }
        if (left == 0) {
            arena.close();
        }
    }

    /** The owner's release: the memory is freed once nobody computes with it any more. Called once. */
    @Override
    public void close() {
        release();
    }

    /** What is added to one of a layer's matrices, if anything. */
    Optional<LowRank> find(int layer, Part part) {
        return Optional.ofNullable(layers.get(layer).get(part));
    }
}
