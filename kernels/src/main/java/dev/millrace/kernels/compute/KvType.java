package dev.millrace.kernels.compute;

/** How keys and values are kept between steps. */
public enum KvType {
    F32(32, 1),
    F16(16, 1),
    /**
     * As long as {@link #F16}, with three bits less, and multiplied twice as fast where the processor has instructions for it:
     * queries and weights are rounded alike.
     */
    BF16(16, 16),
    /** Rotated, then 8 bits an element and a scale for each token and head. */
    INT8(8, 16),
    /** As {@link #INT8}, of 4 bits. */
    INT4(4, 32);

    private final int bits;
    private final int columnUnit;

    KvType(int bits, int columnUnit) {
        this.bits = bits;
        this.columnUnit = columnUnit;
    }

    /** Whether elements are whole numbers, of which a token's head has a scale. */
    boolean quantized() {
        return this == INT8 || this == INT4;
    }

    /** Bytes of one head's key or value, its scale not counted. */
    int rowBytes(int headSize) {
        return columns(headSize) * bits / 8;
    }

    /**
     * Elements that are kept of one head: as many as it has, filled up to whole registers where they are quantized or multiplied
     * in pairs.
     */
    int columns(int headSize) {
        return Math.ceilDiv(headSize, columnUnit) * columnUnit;
    }
}
