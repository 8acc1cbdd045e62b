package dev.millrace.kernels.compute;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Attention of a step: shares out tiles of tokens by key and value head, or, where those are too few for all threads, the
 * units of 64 positions that each token sees. The results are the same bit by bit.
 */
final class NativeAttention implements AutoCloseable {
    /** As in attention.h. */
    private static final int MAX_QUERIES = 64;

    private static final int UNIT = 64;

    /** Longer tiles use keys and values more often, but leave the last thread more to do alone. */
    private static final int TILE_TOKENS = 32;

    /** Fewer parts for each thread than this, and units are shared out. */
    private static final int PARTS_PER_THREAD = 3;

    private final NativeLibrary library;
    private final WorkerPool pool;
    private final NativeScratchPool memory = new NativeScratchPool();
    private final NativeScratch unitStates = new NativeScratch();

    NativeAttention(NativeLibrary library, WorkerPool pool) {
        this.library = library;
        this.pool = pool;
    }

    void attend(
            Attention shape,
            MemorySegment queries,
            NativeBatch natives,
            TokenBatch batch,
            KvBlocks cache,
            MemorySegment out) {
        int[] starts = tiles(shape, batch);
        int tiles = starts.length - 1;
        boolean single = tiles == batch.tokens();
        if (single && tiles * shape.kvHeads() < PARTS_PER_THREAD * pool.threads() && spread(batch) > UNIT) {
            for (int token = 0; token < tiles; token++) {
                attendUnits(shape, queries, natives, batch, token, cache, out);
            }
            return;
        }
        long tokenBytes = 4L * shape.heads() * shape.headSize();
        int kvHeads = shape.kvHeads();
        pool.run(tiles * kvHeads, part -> {
            int first = starts[part / kvHeads];
            int tokens = starts[part / kvHeads + 1] - first;
            NativeScratch scratch = memory.take();
            library.attend(
                    shape,
                    queries.asSlice(tokenBytes * first),
                    out.asSlice(tokenBytes * first),
                    tokens,
                    batch.position()[first],
                    part % kvHeads,
                    natives.table(batch.sequence()[first]),
                    cache,
                    scratch.bytes(copiedBytes(shape)
                            + (long) tokens * queriesPerKv(shape) * (splitBytes(shape) + stateBytes(shape))));
            memory.giveBack(scratch);
        });
    }

    /** One token, its units shared out in ranges. */
    private void attendUnits(
            Attention shape,
            MemorySegment queries,
            NativeBatch natives,
            TokenBatch batch,
            int token,
            KvBlocks cache,
            MemorySegment out) {
        int position = batch.position()[token];
        int firstUnit = shape.window() > 0 ? Math.max(0, position - shape.window() + 1) / UNIT : 0;
        int lastUnit = position / UNIT + 1;
        int kvHeads = shape.kvHeads();
        int ranges = Math.min(lastUnit - firstUnit, Math.ceilDiv(2 * PARTS_PER_THREAD * pool.threads(), kvHeads));
        long tokenBytes = 4L * shape.heads() * shape.headSize();
        MemorySegment query = queries.asSlice(tokenBytes * token, tokenBytes);
        MemorySegment result = out.asSlice(tokenBytes * token, tokenBytes);
        MemorySegment table = natives.table(batch.sequence()[token]);
        long headBytes = (long) lastUnit * queriesPerKv(shape) * stateBytes(shape);
        MemorySegment states = unitStates.bytes(kvHeads * headBytes);
        pool.run(kvHeads * ranges, part -> {
            int head = part % kvHeads;
            int range = part / kvHeads;
            NativeScratch scratch = memory.take();
            library.attendUnits(
                    shape,
                    query,
                    position,
                    head,
                    table,
                    cache,
                    firstUnit + (lastUnit - firstUnit) * range / ranges,
                    firstUnit + (lastUnit - firstUnit) * (range + 1) / ranges,
                    states.asSlice(head * headBytes),
                    scratch.bytes(copiedBytes(shape) + queriesPerKv(shape) * splitBytes(shape)));
            memory.giveBack(scratch);
        });
        NativeScratch scratch = memory.take();
        for (int head = 0; head < kvHeads; head++) {
            library.attendMerge(
                    shape,
                    cache.type(),
                    head,
                    firstUnit,
                    lastUnit,
                    states.asSlice(head * headBytes),
                    scratch.bytes(stateBytes(shape)),
                    result);
        }
        memory.giveBack(scratch);
    }

    private static int spread(TokenBatch batch) {
        int longest = 0;
        for (int token = 0; token < batch.tokens(); token++) {
            longest = Math.max(longest, batch.position()[token] + 1);
        }
        return longest;
    }

    private static int queriesPerKv(Attention shape) {
        return shape.heads() / shape.kvHeads();
    }

    /** Keys of a unit, where they don't lie as they are read; quantized ones and their values need no more. */
    private static long copiedBytes(Attention shape) {
        return 4L * UNIT * columns(shape);
    }

    /** As query_bytes in quantized.h: a query in the form that quantized keys are multiplied with. */
    private static long splitBytes(Attention shape) {
        return 64 + 2L * columns(shape);
    }

    /** As state_floats in attention.h, at most: highest score, 16 lanes of the total, the weighted values. */
    private static long stateBytes(Attention shape) {
        return 4L * (32 + columns(shape));
    }

    private static int columns(Attention shape) {
        return KvType.INT4.columns(shape.headSize());
    }

    /** Where runs of tokens begin that stand next to each other in one sequence; the end comes last. */
    private int[] tiles(Attention shape, TokenBatch batch) {
        // a few tokens that see many positions are cut, so that every thread has its share
        int wanted = Math.ceilDiv(PARTS_PER_THREAD * pool.threads(), shape.kvHeads());
        int share = Math.ceilDiv(batch.tokens(), wanted);
        int most = Math.clamp(MAX_QUERIES / queriesPerKv(shape), 1, Math.min(TILE_TOKENS, share));
        int[] starts = new int[batch.tokens() + 1];
        int count = 0;
        for (int token = 0; token < batch.tokens(); token++) {
            boolean next = token > 0
                    && token - starts[count - 1] < most
                    && batch.sequence()[token] == batch.sequence()[token - 1]
                    && batch.position()[token] == batch.position()[token - 1] + 1;
            if (!next) {
                starts[count++] = token;
            }
        }
        starts[count] = batch.tokens();
        return Arrays.copyOf(starts, count + 1);
    }

    @Override
    public void close() {
        unitStates.close();
        memory.close();
    }
}
