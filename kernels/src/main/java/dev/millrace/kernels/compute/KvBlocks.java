package dev.millrace.kernels.compute;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Keys and values of one layer, cut into blocks of {@code blockTokens} tokens. How a block lies inside is its provider's
 * affair; of quantized types the scales of all blocks come last.
 *
 * @param keys [blocks, kvHeads, blockTokens, headSize] of {@code type}, in the provider's order
 * @param values as {@code keys}
 */
public record KvBlocks(
        KvType type, int blocks, int blockTokens, int kvHeads, int headSize, MemorySegment keys, MemorySegment values) {
    /** As in quantized.h: sums of products stay exact. */
    private static final int MAX_QUANTIZED_HEAD = 512;

    private static final int SCALE_BYTES = 2;
    /** Positions of which quantized values are multiplied together. */
    private static final int SLOT_UNIT = 4;
    /** As in paired.h: two positions are multiplied together. */
    private static final int PAIR = 2;

    public KvBlocks {
        if (type.quantized() && headSize > MAX_QUANTIZED_HEAD) {
            throw new IllegalArgumentException(
                    "heads of " + type + " have at most " + MAX_QUANTIZED_HEAD + " elements, were given " + headSize);
        }
        long expected = bytes(type, blocks, blockTokens, kvHeads, headSize);
        if (keys.byteSize() != expected || values.byteSize() != expected) {
            throw new IllegalArgumentException("keys and values take " + expected + " bytes each, were given "
                    + keys.byteSize() + " and " + values.byteSize());
        }
    }

    /** Bytes of the keys of one layer, scales included; its values take as many again. */
    public static long bytes(KvType type, int blocks, int blockTokens, int kvHeads, int headSize) {
        int tokenBytes = type.rowBytes(headSize) + (type.quantized() ? SCALE_BYTES : 0);
        return (long) blocks * kvHeads * slots(type, blockTokens) * tokenBytes;
    }

    /** Makes one block the same as another. */
    public void copy(int from, int to) {
        long block = (long) kvHeads * slots() * type.rowBytes(headSize);
        long scales = type.quantized() ? (long) kvHeads * slots() * SCALE_BYTES : 0;
        for (MemorySegment part : List.of(keys, values)) {
            MemorySegment.copy(part, from * block, part, to * block, block);
            MemorySegment.copy(part, scales() + from * scales, part, scales() + to * scales, scales);
        }
    }

    /** Places for tokens in a block. */
    int slots() {
        return slots(type, blockTokens);
    }

    /** Where the scales begin: bfloat16 [blocks, kvHeads, slots]. */
    long scales() {
        return (long) blocks * kvHeads * slots() * type.rowBytes(headSize);
    }

    private static int slots(KvType type, int blockTokens) {
        int unit = type.quantized() ? SLOT_UNIT : type == KvType.BF16 ? PAIR : 1;
        return Math.ceilDiv(blockTokens, unit) * unit;
    }
}
