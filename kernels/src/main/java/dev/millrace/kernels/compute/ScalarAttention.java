package dev.millrace.kernels.compute;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Attention of one head of one token, block by block with the online softmax. Keys and values are laid out
 * [blocks, kvHeads, blockTokens, headSize].
 *
 * @see <a href="https://arxiv.org/abs/2205.14135">FlashAttention, algorithm 1</a>
 */
record ScalarAttention(KvBlocks cache) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    void store(MemorySegment keys, MemorySegment values, TokenBatch batch, int token) {
        int size = cache.headSize();
        for (int head = 0; head < cache.kvHeads(); head++) {
            long from = ((long) token * cache.kvHeads() + head) * size;
            long to = start(batch, token, batch.position()[token], head);
            for (int i = 0; i < size; i++) {
                write(cache.keys(), to + i, keys.getAtIndex(FLOAT, from + i));
                write(cache.values(), to + i, values.getAtIndex(FLOAT, from + i));
            }
        }
    }

    void attend(Attention shape, MemorySegment queries, TokenBatch batch, int token, int head, MemorySegment out) {
        int size = shape.headSize();
        int kvHead = head / (shape.heads() / shape.kvHeads());
        long start = ((long) token * shape.heads() + head) * size;
        float[] query = new float[size];
        MemorySegment.copy(queries, FLOAT, 4 * start, query, 0, size);
        int last = batch.position()[token];
        int first = shape.window() == 0 ? 0 : Math.max(0, last - shape.window() + 1);
        float[] scores = new float[cache.blockTokens()];
        float[] result = new float[size];
        float highest = Float.NEGATIVE_INFINITY;
        float sum = 0;
        for (int block = first / cache.blockTokens(); block <= last / cache.blockTokens(); block++) {
            int from = Math.max(first, block * cache.blockTokens());
            int count = Math.min(last + 1, (block + 1) * cache.blockTokens()) - from;
            long at = start(batch, token, from, kvHead);
            float before = highest;
            for (int i = 0; i < count; i++) {
                scores[i] = shape.scale() * dot(query, at + (long) i * size);
                highest = Math.max(highest, scores[i]);
            }
            float fade = (float) Math.exp(before - highest);
            sum *= fade;
            for (int d = 0; d < size; d++) {
                result[d] *= fade;
            }
            for (int i = 0; i < count; i++) {
                float weight = (float) Math.exp(scores[i] - highest);
                sum += weight;
                for (int d = 0; d < size; d++) {
                    result[d] += weight * read(cache.values(), at + (long) i * size + d);
                }
            }
        }
        for (int d = 0; d < size; d++) {
            out.setAtIndex(FLOAT, start + d, result[d] / sum);
        }
    }

    /** Index of the first element of a position's key or value. */
    private long start(TokenBatch batch, int token, int position, int head) {
        int block = batch.blockTables()[batch.sequence()[token]][position / cache.blockTokens()];
        return (((long) block * cache.kvHeads() + head) * cache.blockTokens() + position % cache.blockTokens())
                * cache.headSize();
    }

    private float dot(float[] query, long key) {
        float sum = 0;
        for (int d = 0; d < query.length; d++) {
            sum += query[d] * read(cache.keys(), key + d);
        }
        return sum;
    }

    private float read(MemorySegment data, long index) {
        return switch (cache.type()) {
            case F32 -> data.getAtIndex(FLOAT, index);
            case F16 -> Float.float16ToFloat(data.getAtIndex(SHORT, index));
        };
    }

    private void write(MemorySegment data, long index, float value) {
        switch (cache.type()) {
            case F32 -> data.setAtIndex(FLOAT, index, value);
            case F16 -> data.setAtIndex(SHORT, index, Float.floatToFloat16(value));
        }
    }
}
