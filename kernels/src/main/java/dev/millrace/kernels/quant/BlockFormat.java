package dev.millrace.kernels.quant;

import dev.millrace.kernels.weights.TensorType;

/**
 * What all of ggml's block types have in common: an element is {@code scale * (quantum - offset) + minimum}, with one
 * scale (and perhaps one minimum) for each group of elements.
 *
 * @param bits of a quantum, which is unsigned
 * @param offset taken from each quantum
 * @param groupElements how many elements share a scale
 * @param minimum whether groups have a minimum
 * @param nested whether a group's scale is a small integer times the block's float16, as K-quants have it; else it is
 *     the block's float16
 */
public record BlockFormat(int bits, int offset, int groupElements, boolean minimum, boolean nested) {
    /**
     * The format of {@code type}.
     *
     * @throws IllegalArgumentException for F32, F16 and BF16, which have no blocks
     */
    public static BlockFormat of(TensorType type) {
        return switch (type) {
            case Q4_0 -> new BlockFormat(4, 8, 32, false, false);
            case Q4_1 -> new BlockFormat(4, 0, 32, true, false);
            case Q5_0 -> new BlockFormat(5, 16, 32, false, false);
            case Q5_1 -> new BlockFormat(5, 0, 32, true, false);
            case Q8_0 -> new BlockFormat(8, 128, 32, false, false);
            case Q2_K -> new BlockFormat(2, 0, 16, true, true);
            case Q3_K -> new BlockFormat(3, 4, 16, false, true);
            case Q4_K -> new BlockFormat(4, 0, 32, true, true);
            case Q5_K -> new BlockFormat(5, 0, 32, true, true);
            case Q6_K -> new BlockFormat(6, 32, 16, false, true);
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
        };
    }

    /** Whether {@code type} has blocks at all. */
    public static boolean exists(TensorType type) {
        return type.blockElements() > 1;
    }
}
