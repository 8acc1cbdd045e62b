package dev.millrace.kernels.compute;

import dev.millrace.kernels.compute.Kernels.FeedForward;
import dev.millrace.kernels.compute.Kernels.Output;
import dev.millrace.kernels.compute.Kernels.Product;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A layer from its attention on, for many tokens: each thread takes a few of them all the way, so that what is between the
 * products, several times as much as what goes in, stays in that thread's second-level cache.
 */
final class NativeLayerEnd implements AutoCloseable {
    /** Tokens that a thread takes at a time: a group of {@link NativeProduct}, so no tile is smaller than it could be. */
    private static final int CHUNK = 16;

    /** Fewer chunks for each thread than this, and the last one would wait too long for the others. */
    private static final int CHUNKS_PER_THREAD = 2;

    /**
     * Each chunk reads all weights, and those of larger layers come from memory each time. Layers of 2 and 3 MB gain a seventh of a
     * prompt's time, those of 27 MB lose a twelfth.
     */
    private static final long MOST_WEIGHT_BYTES = 4 << 20;

    private final NativeLibrary library;
    private final WorkerPool pool;
    private final NativeProduct product;
    private final NativeScratchPool memory = new NativeScratchPool();

    NativeLayerEnd(NativeLibrary library, WorkerPool pool, NativeProduct product) {
        this.library = library;
        this.pool = pool;
        this.product = product;
    }

    boolean add(MemorySegment attended, Output output, FeedForward network, MemorySegment x, int tokens) {
        if (tokens < CHUNKS_PER_THREAD * CHUNK * pool.threads() || weightBytes(output, network) > MOST_WEIGHT_BYTES) {
            return false;
        }
        Matrix out = output.weights().getFirst();
        long rowBytes = 4L * out.rows();
        long attendedBytes = 4L * out.columns();
        StepCheck.floats("x", x, tokens * rowBytes / 4);
        StepCheck.floats("attended", attended, tokens * attendedBytes / 4);
        long inputBytes = inputBytes(output, network);
        pool.run(Math.ceilDiv(tokens, CHUNK), part -> {
            int first = part * CHUNK;
            int count = Math.min(CHUNK, tokens - first);
            NativeScratch scratch = memory.take();
            chunk(
                    attended.asSlice(first * attendedBytes, count * attendedBytes),
                    output,
                    network,
                    x.asSlice(first * rowBytes, count * rowBytes),
                    count,
                    inputBytes,
                    scratch);
            memory.giveBack(scratch);
        });
        return true;
    }

    private void chunk(
            MemorySegment attended,
            Output output,
            FeedForward network,
            MemorySegment x,
            int tokens,
            long inputBytes,
            NativeScratch scratch) {
        int width = network.down().getFirst().rows();
        int inner = network.down().getFirst().columns();
        long outer = 4L * tokens * width;
        long between = 4L * tokens * inner;
        long end = Math.ceilDiv(outer + 2 * between, 64L) * 64;
        MemorySegment all = scratch.bytes(end + inputBytes);
        MemorySegment delta = all.asSlice(0, outer);
        MemorySegment gate = all.asSlice(outer, between);
        MemorySegment up = all.asSlice(outer + between, between);
        MemorySegment input = all.asSlice(end);
        product.multiplyHere(new Product(attended, tokens, output.weights(), List.of(delta)), input);
        output.bias().ifPresent(bias -> library.addBias(delta, 0, tokens, width, bias));
        norm(delta, tokens, width, output.postNorm(), network.epsilon());
        library.add(x, delta, 0, (long) tokens * width);
        library.rmsNorm(x, 0, tokens, width, network.norm(), network.epsilon(), delta);
        product.multiplyHere(new Product(delta, tokens, network.gateUp(), List.of(gate, up)), input);
        library.gate(network.activation(), gate, up, 0, (long) tokens * inner);
        product.multiplyHere(new Product(gate, tokens, network.down(), List.of(delta)), input);
        norm(delta, tokens, width, network.postNorm(), network.epsilon());
        library.add(x, delta, 0, (long) tokens * width);
    }

    private void norm(MemorySegment rows, int count, int width, Optional<MemorySegment> weight, float epsilon) {
        if (weight.isPresent()) {
            library.rmsNorm(rows, 0, count, width, weight.get(), epsilon, rows);
        }
    }

    private static long weightBytes(Output output, FeedForward network) {
        return Stream.of(output.weights(), network.gateUp(), network.down())
                .flatMap(List::stream)
                .mapToLong(Matrix::bytes)
                .sum();
    }

    /** What a chunk's input takes in the largest of the forms in which it is multiplied. */
    private long inputBytes(Output output, FeedForward network) {
        return Stream.of(output.weights(), network.gateUp(), network.down())
                .mapToLong(weights -> product.inputBytes(new Product(MemorySegment.NULL, CHUNK, weights, List.of())))
                .max()
                .orElse(0);
    }

    @Override
    public void close() {
        memory.close();
    }
}
