package dev.millrace.kernels.compute;

import java.lang.foreign.MemorySegment;

/**
 * Keys and values of one layer, cut into blocks of {@code blockTokens} tokens.
 *
 * @param keys [blocks, kvHeads, blockTokens, headSize] of {@code type}
 * @param values laid out as {@code keys}
 */
public record KvBlocks(
        KvType type, int blocks, int blockTokens, int kvHeads, int headSize, MemorySegment keys, MemorySegment values) {
    public KvBlocks {
        long expected = bytes(type, blocks, blockTokens, kvHeads, headSize);
        if (keys.byteSize() != expected || values.byteSize() != expected) {
            throw new IllegalArgumentException("keys and values take " + expected + " bytes each, were given "
                    + keys.byteSize() + " and " + values.byteSize());
        }
    }

    /** Bytes of the keys of one layer; its values take as many again. */
    public static long bytes(KvType type, int blocks, int blockTokens, int kvHeads, int headSize) {
        return (long) blocks * blockTokens * kvHeads * headSize * type.bytes();
    }
}
