package dev.millrace.kernels.compute;

import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * The arithmetic of a transformer's decoder. Activations are float32 in native order, off-heap, row after row.
 *
 * <p><b>Batch invariance.</b> Every row of every result is the same bit by bit whatever other rows are in the call, how
 * many threads work on it, and how a sequence was cut into steps: each element is summed in one order that depends only
 * on the row itself.
 *
 * <p>Called by one thread at a time. A provider spreads a call over its own threads and returns when all is done, so memory
 * comes from arenas that all threads may use ({@link Arena#ofShared}).
 */
public interface Kernels extends AutoCloseable {
    /** {@code scalar}, {@code vector} or {@code native}. */
    String name();

    /** For a person: provider, instruction set, form of the activations, threads. */
    String description();

    /**
     * Makes the form of {@code tensors} in which this provider multiplies: their rows one below the other as one matrix.
     *
     * @param tensors at least one; all with the same number of columns
     * @param arena owns the memory of the result
     * @throws IllegalArgumentException if the columns differ or a type is unknown to the provider
     */
    Matrix pack(List<Tensor> tensors, Arena arena);

    /**
     * Widens rows of a matrix to float32: the embedding look-up.
     *
     * @param rows which rows; {@code count} of them
     * @param out [count, columns]
     */
    void gather(Matrix matrix, int[] rows, int count, MemorySegment out);

    /**
     * Multiplies one input with several matrices: {@code outs[i][t][r] = sum over c of weights[i][r][c] * x[t][c]}. The
     * input is brought into the form that the provider multiplies in (8-bit blocks, say) once for all of them.
     *
     * @param x [tokens, columns]
     * @param outs one [tokens, weights[i].rows()] for each matrix
     */
    void multiply(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs);

    /**
     * One input and the matrices that it is multiplied with, as {@link #multiply} takes them.
     *
     * @param x [tokens, columns]
     * @param outs one [tokens, weights[i].rows()] for each matrix
     */
    record Product(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs) {}

    /**
     * Computes several products, none of which reads what another one writes: many small ones take less time so than one
     * after the other. Bit by bit what {@link #multiply} gives.
     */
    default void multiplyAll(List<Product> products) {
        for (int i = 0; i < products.size(); i++) {
            Product product = products.get(i);
            multiply(product.x(), product.tokens(), product.weights(), product.outs());
        }
    }

    /**
     * Root-mean-square norm of each row: {@code out = x / sqrt(mean(x^2) + epsilon) * weight}. {@code out} may be {@code x}.
     *
     * @param x [rows, width]; for a norm by head, rows is tokens * heads and width the head's size
     * @param weight [width]
     */
    void rmsNorm(MemorySegment x, int rows, int width, MemorySegment weight, float epsilon, MemorySegment out);

    /**
     * Rotates the heads of queries or keys by their positions, in place.
     *
     * @param x [tokens, heads, headSize]
     */
    void rotate(MemorySegment x, int heads, int headSize, TokenBatch batch, Rotary rotary);

    /**
     * Writes the keys and values of a step's tokens to their places in the cache.
     *
     * @param keys [tokens, kvHeads, headSize]
     * @param values as {@code keys}
     */
    void store(MemorySegment keys, MemorySegment values, TokenBatch batch, KvBlocks cache);

    /**
     * Causal attention of each token over its sequence's blocks, itself included, with the online softmax in block order.
     * The keys and values of the step's own tokens must have been stored.
     *
     * @param queries [tokens, heads, headSize]
     * @param out as {@code queries}
     */
    void attend(Attention attention, MemorySegment queries, TokenBatch batch, KvBlocks cache, MemorySegment out);

    /**
     * A gated feed-forward network.
     *
     * @param norm [width] of what goes in
     * @param epsilon of both norms
     * @param gateUp gate and up, [inner, width] each
     * @param down one, [width, inner]
     * @param postNorm [width] of what comes out
     */
    record FeedForward(
            MemorySegment norm,
            float epsilon,
            List<Matrix> gateUp,
            Gate activation,
            List<Matrix> down,
            Optional<MemorySegment> postNorm) {}

    /**
     * What attention's output goes through.
     *
     * @param weights one, [width, heads * headSize]
     * @param bias [width]
     * @param postNorm [width] of what comes out
     */
    record Output(List<Matrix> weights, Optional<MemorySegment> bias, Optional<MemorySegment> postNorm) {}

    /**
     * A layer from its attention on, if this provider can do it faster than call by call; bit by bit what the calls give.
     *
     * <pre>
     *   x += [norm] (output(attended) [+ bias])
     *   x += [norm] down(activation(gate(norm x)) * up(norm x))
     * </pre>
     *
     * @param attended [tokens, heads * headSize]
     * @param x [tokens, width]
     * @return false if it can't: then nothing is done
     */
    default boolean afterAttention(
            MemorySegment attended, Output output, FeedForward network, MemorySegment x, int tokens) {
        return false;
    }

    /** {@code gate = activation(gate) * up}, element by element. */
    void gate(Gate activation, MemorySegment gate, MemorySegment up, long elements);

    /** {@code x += y}, element by element. */
    void add(MemorySegment x, MemorySegment y, long elements);

    /**
     * {@code x[row] += bias} for each row.
     *
     * @param x [rows, width]
     * @param bias [width]
     */
    void addBias(MemorySegment x, int rows, int width, MemorySegment bias);

    /** {@code x *= factor}, element by element. */
    void scale(MemorySegment x, long elements, float factor);

    /** Ends the provider's threads. Matrices are freed by their arena. */
    @Override
    void close();
}
