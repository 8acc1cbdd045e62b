package dev.millrace.kernels.compute;

import dev.millrace.kernels.compute.Kernels.FeedForward;
import dev.millrace.kernels.compute.Kernels.Product;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * A feed-forward network over many tokens: each thread takes a few of them through the whole network, so that what is
 * between its products, several times as much as what goes in, stays in that thread's second-level cache.
 */
final class NativeFeedForward implements AutoCloseable {
    /** Tokens that a thread takes at a time: a group of {@link NativeProduct}, so no tile is smaller than it could be. */
    private static final int CHUNK = 16;

    /** Fewer chunks for each thread than this, and the last one would wait too long for the others. */
    private static final int CHUNKS_PER_THREAD = 4;

    /**
     * Each chunk reads all weights, and those of larger networks come from memory each time. Networks of 2 and 3 MB gain a seventh
     * of a prompt's time, one of 27 MB loses a twelfth.
     */
    private static final long MOST_WEIGHT_BYTES = 4 << 20;

    private final NativeLibrary library;
    private final WorkerPool pool;
    private final NativeProduct product;
    private final ConcurrentLinkedQueue<NativeScratch> memory = new ConcurrentLinkedQueue<>();

    NativeFeedForward(NativeLibrary library, WorkerPool pool, NativeProduct product) {
        this.library = library;
        this.pool = pool;
        this.product = product;
    }

    boolean add(FeedForward network, MemorySegment x, int tokens) {
        if (tokens < CHUNKS_PER_THREAD * CHUNK * pool.threads() || weightBytes(network) > MOST_WEIGHT_BYTES) {
            return false;
        }
        long rowBytes = 4L * network.down().getFirst().rows();
        StepCheck.floats("x", x, tokens * rowBytes / 4);
        pool.run(Math.ceilDiv(tokens, CHUNK), part -> {
            int first = part * CHUNK;
            int count = Math.min(CHUNK, tokens - first);
            NativeScratch scratch = borrow();
            chunk(network, x.asSlice(first * rowBytes, count * rowBytes), count, scratch);
            memory.add(scratch);
        });
        return true;
    }

    private void chunk(FeedForward network, MemorySegment x, int tokens, NativeScratch scratch) {
        int width = network.down().getFirst().rows();
        int inner = network.down().getFirst().columns();
        long outer = 4L * tokens * width;
        long between = 4L * tokens * inner;
        MemorySegment all = scratch.bytes(outer + 2 * between + 64 + inputBytes(network, tokens));
        MemorySegment normed = all.asSlice(0, outer);
        MemorySegment gate = all.asSlice(outer, between);
        MemorySegment up = all.asSlice(outer + between, between);
        long end = Math.ceilDiv(outer + 2 * between, 64L) * 64;
        MemorySegment input = all.asSlice(end);
        library.rmsNorm(x, 0, tokens, width, network.norm(), network.epsilon(), normed);
        product.multiplyHere(new Product(normed, tokens, network.gateUp(), List.of(gate, up)), input);
        library.gate(network.activation(), gate, up, 0, (long) tokens * inner);
        // the norm has been read
        product.multiplyHere(new Product(gate, tokens, network.down(), List.of(normed)), input);
        if (network.postNorm().isPresent()) {
            library.rmsNorm(normed, 0, tokens, width, network.postNorm().get(), network.epsilon(), normed);
        }
        library.add(x, normed, 0, (long) tokens * width);
    }

    private static long weightBytes(FeedForward network) {
        return Stream.concat(network.gateUp().stream(), network.down().stream())
                .mapToLong(Matrix::bytes)
                .sum();
    }

    private long inputBytes(FeedForward network, int tokens) {
        Product first = new Product(MemorySegment.NULL, tokens, network.gateUp(), List.of());
        Product second = new Product(MemorySegment.NULL, tokens, network.down(), List.of());
        return Math.max(product.inputBytes(first), product.inputBytes(second));
    }

    private NativeScratch borrow() {
        NativeScratch scratch = memory.poll();
        return scratch != null ? scratch : new NativeScratch();
    }

    @Override
    public void close() {
        memory.forEach(NativeScratch::close);
    }
}
