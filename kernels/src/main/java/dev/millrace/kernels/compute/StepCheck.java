package dev.millrace.kernels.compute;

import java.lang.foreign.MemorySegment;

/**
 * Refuses a step whose numbers lead outside the memory that comes with it, before any provider follows them: in C
 * nothing else would.
 */
final class StepCheck {
    private StepCheck() {}

    /** A segment must hold so many floats. */
    static void floats(String name, MemorySegment segment, long count) {
        if (count < 0 || segment.byteSize() / 4 < count) {
            throw new IllegalArgumentException(
                    name + " holds " + segment.byteSize() / 4 + " floats, expected " + count + " or more");
        }
    }

    static void rotation(int headSize, TokenBatch batch, Rotary rotary) {
        if (rotary.rotated() > headSize) {
            throw new IllegalArgumentException(
                    "rotated is " + rotary.rotated() + ", expected at most headSize, " + headSize);
        }
        for (int token = 0; token < batch.tokens(); token++) {
            int position = batch.position()[token];
            if (position < 0 || position >= rotary.positions()) {
                throw new IllegalArgumentException(
                        "position is " + position + ", expected 0 to " + (rotary.positions() - 1));
            }
        }
    }

    /** Every block up to each token's position must be one of the cache's. */
    static void blocks(TokenBatch batch, KvBlocks cache) {
        for (int token = 0; token < batch.tokens(); token++) {
            boolean last = token + 1 == batch.tokens() || batch.sequence()[token + 1] != batch.sequence()[token];
            int[] table = batch.blockTables()[batch.sequence()[token]];
            int needed = batch.position()[token] / cache.blockTokens();
            if (batch.position()[token] < 0 || needed >= table.length) {
                throw new IllegalArgumentException("position is " + batch.position()[token] + ", expected 0 to "
                        + ((long) table.length * cache.blockTokens() - 1) + ": the table has " + table.length
                        + " blocks of " + cache.blockTokens() + " tokens");
            }
            for (int i = last ? 0 : needed; i <= needed; i++) {
                if (table[i] < 0 || table[i] >= cache.blocks()) {
                    throw new IllegalArgumentException(
                            "block is " + table[i] + ", expected 0 to " + (cache.blocks() - 1));
                }
            }
        }
    }

    static void attention(Attention attention, TokenBatch batch, KvBlocks cache) {
        if (attention.kvHeads() != cache.kvHeads() || attention.headSize() != cache.headSize()) {
            throw new IllegalArgumentException("attention of " + attention.kvHeads() + " heads of "
                    + attention.headSize() + " must match the cache's " + cache.kvHeads() + " of " + cache.headSize());
        }
        blocks(batch, cache);
    }
}
