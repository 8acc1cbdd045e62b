package dev.millrace.kernels.compute;

import dev.millrace.kernels.quant.BlockFormat;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Opens blocks of panels: quanta become float32 weights, in lanes of rows. A buffer of one thread.
 *
 * <p>Scales go through memory and each width of quanta has a loop of its own: a register that comes from one of two
 * branches, or is handed to a method that isn't compiled into its caller, is boxed.
 */
final class VectorPanels {
    /** From one column to the next: two registers of rows. */
    static final int STRIDE = 2 * Lanes.COUNT;

    private final PanelMatrix.Part part;
    private final PanelFormat format;
    private final MemorySegment panels;
    private final long panelBytes;
    private final Optional<BlockFormat> blocks;
    /** How many scales a row has in a block. */
    private final int halves;
    /** [halves of a block][lanes] */
    private final float[] scales = new float[2 * Lanes.COUNT];

    private final float[] minimums = new float[2 * Lanes.COUNT];

    VectorPanels(PanelMatrix.Part part, int columns) {
        this.part = part;
        this.format = part.format();
        this.panels = part.panels();
        this.panelBytes = format.panelBytes(columns);
        this.blocks = format.quantized() ? Optional.of(BlockFormat.of(part.type())) : Optional.empty();
        this.halves = blocks.map(b -> PanelFormat.COLUMNS / b.groupElements()).orElse(0);
    }

    /**
     * Opens a block of the rows of one register: {@code register * Lanes.COUNT} and those after it.
     *
     * @param weights receives [32 columns][lanes] from {@code at} on, {@link #STRIDE} apart
     */
    void open(int register, int block, float[] weights, int at) {
        int row = register * Lanes.COUNT;
        int inPanel = row % PanelFormat.ROWS;
        long unit = row / PanelFormat.ROWS * panelBytes + (long) (block / format.unitBlocks()) * format.unitBytes();
        long start = unit + format.headerBytes() + (long) (block % format.unitBlocks()) * format.blockBytes();
        if (format.quantized()) {
            openScales(blocks.orElseThrow(), unit + 2L * inPanel, start + inPanel);
            openQuanta(start + format.refinementBytes() + 4L * inPanel, weights, at);
        } else {
            openFloats(start + (long) inPanel * format.quantumBits() / 8, weights, at);
        }
    }

    private void openScales(BlockFormat blocks, long header, long refinements) {
        // a signed byte's bits are moved to the top and back
        int sign = blocks.minimum() ? 0 : 24;
        for (int half = 0; half < halves; half++) {
            int to = half * Lanes.COUNT;
            if (blocks.nested()) {
                IntVector factor = Lanes.bytes(panels, refinements + (long) half * PanelFormat.ROWS)
                        .lanewise(VectorOperators.LSHL, sign)
                        .lanewise(VectorOperators.ASHR, sign);
                Lanes.halves(panels, header).mul(Lanes.floats(factor)).intoArray(scales, to);
            } else {
                Lanes.halves(panels, header).intoArray(scales, to);
            }
            if (!blocks.minimum()) {
                // powers of two: the product is exact, and so scale * (quantum - offset) is rounded once
                FloatVector.fromArray(Lanes.FLOATS, scales, to)
                        .mul((float) -blocks.offset())
                        .intoArray(minimums, to);
            } else if (blocks.nested()) {
                IntVector factor = Lanes.bytes(panels, refinements + (long) (halves + half) * PanelFormat.ROWS);
                Lanes.halves(panels, header + 2 * PanelFormat.ROWS)
                        .mul(Lanes.floats(factor))
                        .neg()
                        .intoArray(minimums, to);
            } else {
                Lanes.halves(panels, header + 2 * PanelFormat.ROWS).intoArray(minimums, to);
            }
        }
    }

    private void openQuanta(long at, float[] weights, int to) {
        int second = (halves - 1) * Lanes.COUNT;
        switch (format.quantumBits()) {
            case 4 -> open4(panels, at, scales, minimums, second, weights, to);
            case 5 -> open5(panels, at, scales, minimums, second, weights, to);
            case 6 -> open6(panels, at, scales, minimums, second, weights, to);
            default -> open8(panels, at, scales, minimums, second, weights, to);
        }
    }

    private void openFloats(long at, float[] weights, int to) {
        switch (part.type()) {
            case F32 -> {
                for (int c = 0; c < PanelFormat.COLUMNS; c++) {
                    FloatVector.fromMemorySegment(Lanes.FLOATS, panels, at + 64L * c, ByteOrder.LITTLE_ENDIAN)
                            .intoArray(weights, to + c * STRIDE);
                }
            }
            case F16 -> {
                for (int c = 0; c < PanelFormat.COLUMNS; c++) {
                    Lanes.halves(panels, at + 32L * c).intoArray(weights, to + c * STRIDE);
                }
            }
            default -> {
                for (int c = 0; c < PanelFormat.COLUMNS; c++) {
                    Lanes.bfloats(panels, at + 32L * c).intoArray(weights, to + c * STRIDE);
                }
            }
        }
    }

    private static void open4(
            MemorySegment panels, long at, float[] scales, float[] minimums, int second, float[] weights, int to) {
        for (int k = 0; k < 8; k++) {
            IntVector word = Lanes.words(panels, at + 64L * (k & 3))
                    .lanewise(VectorOperators.LSHR, k & 4)
                    .and(0x0f0f0f0f);
            put(word, scales, minimums, (k >> 2) * second, weights, to + 4 * k * STRIDE);
        }
    }

    private static void open5(
            MemorySegment panels, long at, float[] scales, float[] minimums, int second, float[] weights, int to) {
        for (int k = 0; k < 8; k++) {
            IntVector high = Lanes.words(panels, at + 256)
                    .lanewise(VectorOperators.LSHR, k)
                    .and(0x01010101)
                    .lanewise(VectorOperators.LSHL, 4);
            IntVector word = Lanes.words(panels, at + 64L * (k & 3))
                    .lanewise(VectorOperators.LSHR, k & 4)
                    .and(0x0f0f0f0f)
                    .or(high);
            put(word, scales, minimums, (k >> 2) * second, weights, to + 4 * k * STRIDE);
        }
    }

    private static void open6(
            MemorySegment panels, long at, float[] scales, float[] minimums, int second, float[] weights, int to) {
        for (int k = 0; k < 8; k++) {
            IntVector high = Lanes.words(panels, at + 256 + 64L * (k >> 2))
                    .lanewise(VectorOperators.LSHR, 2 * (k & 3))
                    .and(0x03030303)
                    .lanewise(VectorOperators.LSHL, 4);
            IntVector word = Lanes.words(panels, at + 64L * (k & 3))
                    .lanewise(VectorOperators.LSHR, k & 4)
                    .and(0x0f0f0f0f)
                    .or(high);
            put(word, scales, minimums, (k >> 2) * second, weights, to + 4 * k * STRIDE);
        }
    }

    private static void open8(
            MemorySegment panels, long at, float[] scales, float[] minimums, int second, float[] weights, int to) {
        for (int k = 0; k < 8; k++) {
            IntVector word = Lanes.words(panels, at + 64L * k);
            put(word, scales, minimums, (k >> 2) * second, weights, to + 4 * k * STRIDE);
        }
    }

    /** Four columns of quanta, one in each byte of a lane. */
    private static void put(IntVector word, float[] scales, float[] minimums, int half, float[] weights, int to) {
        FloatVector scale = FloatVector.fromArray(Lanes.FLOATS, scales, half);
        FloatVector minimum = FloatVector.fromArray(Lanes.FLOATS, minimums, half);
        Lanes.floats(word.and(0xff)).fma(scale, minimum).intoArray(weights, to);
        Lanes.floats(word.lanewise(VectorOperators.LSHR, 8).and(0xff))
                .fma(scale, minimum)
                .intoArray(weights, to + STRIDE);
        Lanes.floats(word.lanewise(VectorOperators.LSHR, 16).and(0xff))
                .fma(scale, minimum)
                .intoArray(weights, to + 2 * STRIDE);
        Lanes.floats(word.lanewise(VectorOperators.LSHR, 24))
                .fma(scale, minimum)
                .intoArray(weights, to + 3 * STRIDE);
    }
}
