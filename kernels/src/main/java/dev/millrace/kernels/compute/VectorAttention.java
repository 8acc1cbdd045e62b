package dev.millrace.kernels.compute;

import dev.millrace.kernels.quant.Bfloat16;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/**
 * Attention over keys and values of floats, block by block with the online softmax. A part of the work are some tokens of
 * one sequence and the heads that share a key: a block is widened once for all of them. Each query walks its own blocks in
 * order and by itself, whoever comes along.
 *
 * <p>Keys lie [blocks, kvHeads, headSize, blockTokens], so that scores of neighbours are lanes; values [blocks, kvHeads,
 * blockTokens, headSize].
 *
 * @see <a href="https://arxiv.org/abs/2205.14135">FlashAttention, algorithm 1</a>
 */
final class VectorAttention {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    /** Tokens of a sequence that share the widening of a block. */
    private static final int RUN_TOKENS = 16;

    private final WorkerPool pool;

    VectorAttention(WorkerPool pool) {
        this.pool = pool;
    }

    void store(MemorySegment keys, MemorySegment values, TokenBatch batch, int token, KvBlocks cache) {
        int size = cache.headSize();
        int slots = cache.blockTokens();
        int position = batch.position()[token];
        int block = batch.blockTables()[batch.sequence()[token]][position / slots];
        for (int head = 0; head < cache.kvHeads(); head++) {
            long from = ((long) token * cache.kvHeads() + head) * size;
            long to = ((long) block * cache.kvHeads() + head) * slots * size;
            for (int d = 0; d < size; d++) {
                long key = to + (long) d * slots + position % slots;
                long value = to + (long) (position % slots) * size + d;
                put(cache, cache.keys(), key, keys.getAtIndex(FLOAT, from + d));
                put(cache, cache.values(), value, values.getAtIndex(FLOAT, from + d));
            }
        }
    }

    private static void put(KvBlocks cache, MemorySegment data, long index, float x) {
        switch (cache.type()) {
            case F16 -> data.setAtIndex(SHORT, index, Float.floatToFloat16(x));
            case BF16 -> data.setAtIndex(SHORT, index, Bfloat16.of(x));
            default -> data.setAtIndex(FLOAT, index, x);
        }
    }

    /** Tokens of one sequence that stand together. */
    private record Run(int first, int count) {}

    void attend(Attention shape, MemorySegment queries, TokenBatch batch, KvBlocks cache, MemorySegment out) {
        List<Run> runs = new ArrayList<>();
        int first = 0;
        for (int token = 1; token <= batch.tokens(); token++) {
            if (token == batch.tokens()
                    || token - first == RUN_TOKENS
                    || batch.sequence()[token] != batch.sequence()[first]) {
                runs.add(new Run(first, token - first));
                first = token;
            }
        }
        pool.run(
                runs.size() * shape.kvHeads(),
                part -> attend(
                        shape, queries, batch, runs.get(part / shape.kvHeads()), part % shape.kvHeads(), cache, out));
    }

    private static void attend(
            Attention shape,
            MemorySegment queries,
            TokenBatch batch,
            Run run,
            int kvHead,
            KvBlocks cache,
            MemorySegment out) {
        int size = shape.headSize();
        int together = shape.heads() / shape.kvHeads();
        WidenedBlock block = new WidenedBlock(cache);
        VectorSoftmax softmax = new VectorSoftmax(run.count * together, block, shape.scale());
        for (int i = 0; i < run.count; i++) {
            long from = ((long) (run.first + i) * shape.heads() + (long) kvHead * together) * size;
            MemorySegment.copy(queries, FLOAT, 4 * from, softmax.queries(), i * together * size, together * size);
        }
        if (cache.type() == KvType.BF16) {
            Bfloat16.round(softmax.queries(), 0, run.count * together * size);
        }
        int slots = cache.blockTokens();
        int[] table = batch.blockTables()[batch.sequence()[run.first]];
        int lowest = firstSeen(shape, batch.position()[run.first]);
        int highest = batch.position()[run.first + run.count - 1];
        int[] from = new int[softmax.padded()];
        int[] to = new int[softmax.padded()];
        for (int b = lowest / slots; b <= highest / slots; b++) {
            block.widen(table[b], kvHead);
            for (int q = 0; q < run.count * together; q++) {
                int position = batch.position()[run.first + q / together];
                from[q] = Math.max(0, firstSeen(shape, position) - b * slots);
                to[q] = Math.min(slots, position + 1 - b * slots);
            }
            softmax.add(from, to);
        }
        float[] result = softmax.result();
        for (int q = 0; q < run.count * together; q++) {
            long at = ((long) (run.first + q / together) * shape.heads() + (long) kvHead * together + q % together);
            MemorySegment.copy(result, q * block.width(), out, FLOAT, 4 * at * size, size);
        }
    }

    private static int firstSeen(Attention shape, int position) {
        return shape.window() == 0 ? 0 : Math.max(0, position - shape.window() + 1);
    }

    /** One head's keys and values of one block as float32, rows filled up to whole registers. A buffer. */
    static final class WidenedBlock {
        private final KvBlocks cache;
        private final int slots;
        private final int width;
        private final float[] keys;
        private final float[] values;
        private final short[] halves;

        WidenedBlock(KvBlocks cache) {
            this.cache = cache;
            this.slots = Lanes.padded(cache.blockTokens());
            this.width = Lanes.padded(cache.headSize());
            this.keys = new float[cache.headSize() * slots];
            this.values = new float[cache.blockTokens() * width];
            this.halves = new short[Math.max(cache.headSize(), cache.blockTokens())];
        }

        /** [headSize, slots] */
        float[] keys() {
            return keys;
        }

        /** [blockTokens, width] */
        float[] values() {
            return values;
        }

        int headSize() {
            return cache.headSize();
        }

        int slots() {
            return slots;
        }

        int width() {
            return width;
        }

        void widen(int block, int kvHead) {
            int size = cache.headSize();
            int tokens = cache.blockTokens();
            long at = ((long) block * cache.kvHeads() + kvHead) * tokens * size;
            for (int d = 0; d < size; d++) {
                widenRow(cache.keys(), at + (long) d * tokens, tokens, keys, d * slots);
            }
            for (int i = 0; i < tokens; i++) {
                widenRow(cache.values(), at + (long) i * size, size, values, i * width);
            }
        }

        private void widenRow(MemorySegment data, long at, int count, float[] out, int to) {
            if (cache.type() == KvType.F32) {
                MemorySegment.copy(data, FLOAT, 4 * at, out, to, count);
                return;
            }
            if (count % Lanes.COUNT == 0) {
                for (int i = 0; i < count; i += Lanes.COUNT) {
                    FloatVector widened = cache.type() == KvType.F16
                            ? Lanes.halves(data, 2 * (at + i))
                            : Lanes.bfloats(data, 2 * (at + i));
                    widened.intoArray(out, to + i);
                }
                return;
            }
            MemorySegment.copy(data, SHORT, 2 * at, halves, 0, count);
            for (int i = 0; i < count; i++) {
                out[to + i] = cache.type() == KvType.F16 ? Float.float16ToFloat(halves[i]) : Bfloat16.widen(halves[i]);
            }
        }
    }

    /** What some queries have seen so far. */
    static final class VectorSoftmax {
        private static final int TILE = 4;

        private final int count;
        private final WidenedBlock block;
        private final float scale;
        private final float[] queries;
        private final float[] results;
        private final float[] totals;
        private final float[] highest;
        /** [a tile's queries, slots] */
        private final float[] scores;

        VectorSoftmax(int count, WidenedBlock block, float scale) {
            this.count = count;
            this.block = block;
            this.scale = scale;
            this.queries = new float[padded() * block.headSize()];
            this.results = new float[padded() * block.width()];
            this.totals = new float[padded() * Lanes.COUNT];
            this.highest = new float[padded()];
            this.scores = new float[TILE * block.slots()];
            Arrays.fill(highest, Float.NEGATIVE_INFINITY);
        }

        /** Queries and those that fill up the last tile. */
        int padded() {
            return Math.ceilDiv(count, TILE) * TILE;
        }

        /** [padded, headSize], to be filled in. */
        float[] queries() {
            return queries;
        }

        /**
         * Adds the block: query q sees its tokens {@code from[q]} to {@code to[q] - 1}, none where {@code to[q]} isn't
         * higher.
         */
        void add(int[] from, int[] to) {
            for (int tile = 0; tile < count; tile += TILE) {
                int lowest = Integer.MAX_VALUE;
                int end = 0;
                for (int q = tile; q < tile + TILE; q++) {
                    if (from[q] < to[q]) {
                        lowest = Math.min(lowest, from[q]);
                        end = Math.max(end, to[q]);
                    }
                }
                if (lowest < end) {
                    score(tile);
                    for (int q = tile; q < tile + TILE; q++) {
                        weigh(q, (q - tile) * block.slots(), from[q], to[q]);
                    }
                    gather(tile, lowest, end);
                }
            }
        }

        private void score(int tile) {
            int slots = block.slots();
            int size = block.headSize();
            Arrays.fill(scores, 0);
            for (int lane = 0; lane < slots; lane += Lanes.COUNT) {
                VectorTiles.narrow(block.keys(), lane, slots, size, queries, tile * size, size, scores, lane, slots);
            }
        }

        /** Turns the scores of one query into weights, and lets what it saw before fade. */
        private void weigh(int query, int at, int from, int to) {
            int slots = block.slots();
            if (from >= to) {
                Arrays.fill(scores, at, at + slots, 0);
                return;
            }
            if (from > 0 || to < slots) {
                Arrays.fill(scores, at, at + from, Float.NEGATIVE_INFINITY);
                Arrays.fill(scores, at + to, at + slots, Float.NEGATIVE_INFINITY);
            }
            float before = highest[query];
            float now = Math.max(before, VectorElements.scaleAndFindHighest(scores, at, slots, scale));
            float fade = (float) Math.exp(before - now);
            highest[query] = now;
            if (fade != 1) {
                VectorElements.scale(results, query * block.width(), block.width(), fade);
                VectorElements.scale(totals, query * Lanes.COUNT, Lanes.COUNT, fade);
            }
            VectorElements.weigh(scores, at, slots, now, totals, query * Lanes.COUNT);
        }

        private void gather(int tile, int from, int to) {
            int slots = block.slots();
            int width = block.width();
            int lane = 0;
            for (; lane + 2 * Lanes.COUNT <= width; lane += 2 * Lanes.COUNT) {
                VectorTiles.four(
                        block.values(),
                        from * width + lane,
                        width,
                        to - from,
                        scores,
                        from,
                        slots + from,
                        2 * slots + from,
                        3 * slots + from,
                        results,
                        tile * width + lane,
                        width);
            }
            if (lane < width) {
                VectorTiles.narrow(
                        block.values(),
                        from * width + lane,
                        width,
                        to - from,
                        scores,
                        from,
                        slots,
                        results,
                        tile * width + lane,
                        width);
            }
        }

        /** [padded, width] */
        float[] result() {
            for (int q = 0; q < count; q++) {
                float total = Lanes.sum(totals, q * Lanes.COUNT);
                for (int d = q * block.width(); d < (q + 1) * block.width(); d++) {
                    results[d] /= total;
                }
            }
            return results;
        }
    }
}
