package dev.millrace.kernels.compute;

import dev.millrace.kernels.quant.BlockFormat;
import dev.millrace.kernels.weights.TensorType;

/**
 * How a type lies in panels of 16 rows and blocks of 32 columns; src/main/c/panels.h has the picture.
 *
 * @param id by which the C side knows it
 * @param unitBlocks blocks that share a header
 * @param headerBytes of a unit: float16 scales, then minimums
 * @param refinementBytes of a block: integers that refine them
 * @param quantumBits as stored: 4, 5, 6 or 8; 16 or 32 for floats
 */
record PanelFormat(int id, int unitBlocks, int headerBytes, int refinementBytes, int quantumBits) {
    static final int ROWS = 16;
    static final int COLUMNS = 32;

    static PanelFormat of(TensorType type) {
        return switch (type) {
            case Q4_0 -> blocks(0, type);
            case Q4_1 -> blocks(1, type);
            case Q5_0 -> blocks(2, type);
            case Q5_1 -> blocks(3, type);
            case Q8_0 -> blocks(4, type);
            case Q2_K -> blocks(5, type);
            case Q3_K -> blocks(6, type);
            case Q4_K -> blocks(7, type);
            case Q5_K -> blocks(8, type);
            case Q6_K -> blocks(9, type);
            case F32 -> new PanelFormat(10, 1, 0, 0, 32);
            case F16 -> new PanelFormat(11, 1, 0, 0, 16);
            case BF16 -> new PanelFormat(12, 1, 0, 0, 16);
        };
    }

    private static PanelFormat blocks(int id, TensorType type) {
        BlockFormat format = BlockFormat.of(type);
        int pairs = format.minimum() ? 2 : 1;
        int groups = COLUMNS / format.groupElements();
        return new PanelFormat(
                id,
                type.blockElements() / COLUMNS,
                2 * ROWS * pairs,
                format.nested() ? ROWS * groups * pairs : 0,
                Math.max(4, format.bits()));
    }

    /** Whether activations may be 8-bit: floats are multiplied with floats. */
    boolean quantized() {
        return quantumBits <= 8;
    }

    int blockBytes() {
        return refinementBytes + ROWS * COLUMNS * quantumBits / 8;
    }

    int unitBytes() {
        return headerBytes + unitBlocks * blockBytes();
    }

    /** Blocks of a row; columns of float types are filled up with zeros. */
    static int blocks(int columns) {
        return Math.ceilDiv(columns, COLUMNS);
    }

    long panelBytes(int columns) {
        return (long) (blocks(columns) / unitBlocks) * unitBytes();
    }
}
