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
 * <p>A register that is handed to a method which isn't compiled into its caller, or comes from one of two branches, is
 * boxed. So scales go through memory; and as the compiler inlines until it has too many nodes and then gives up in the
 * middle of a loop, the two long loops are written out: above 325 bytecodes (FreqInlineSize) each is compiled by itself,
 * whole. With short ones half of their registers were boxed, and decode took nearly twice as long.
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
            Lanes.halves(panels, header).intoArray(scales, to);
            if (blocks.nested()) {
                IntVector refinement = Lanes.bytes(panels, refinements + (long) half * PanelFormat.ROWS)
                        .lanewise(VectorOperators.LSHL, sign)
                        .lanewise(VectorOperators.ASHR, sign);
                FloatVector.fromArray(Lanes.FLOATS, scales, to)
                        .mul(Lanes.floats(refinement))
                        .intoArray(scales, to);
            }
            if (!blocks.minimum()) {
                // powers of two: the product is exact, and so scale * (quantum - offset) is rounded once
                FloatVector.fromArray(Lanes.FLOATS, scales, to)
                        .mul((float) -blocks.offset())
                        .intoArray(minimums, to);
                continue;
            }
            Lanes.halves(panels, header + 2 * PanelFormat.ROWS).intoArray(minimums, to);
            if (blocks.nested()) {
                IntVector refinement = Lanes.bytes(panels, refinements + (long) (halves + half) * PanelFormat.ROWS);
                FloatVector.fromArray(Lanes.FLOATS, minimums, to)
                        .mul(Lanes.floats(refinement))
                        .neg()
                        .intoArray(minimums, to);
            }
        }
    }

    private void openQuanta(long at, float[] weights, int to) {
        int second = (halves - 1) * Lanes.COUNT;
        switch (format.quantumBits()) {
            case 4 -> openWords(panels, at, 0, 4, 0x0f0f0f0f, scales, minimums, second, weights, to);
            case 8 -> openWords(panels, at, 256, 0, -1, scales, minimums, second, weights, to);
            case 5 -> openWithHighBits(panels, at, 0, 4, 1, 0x01010101, scales, minimums, second, weights, to);
            default -> openWithHighBits(panels, at, 64, 0, 2, 0x03030303, scales, minimums, second, weights, to);
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

    /**
     * Quanta of 4 bits or of 8.
     *
     * @param half from the quanta of a block's first half to those of its second
     * @param shift how far those of the second half lie above those of the first
     */
    private static void openWords(
            MemorySegment panels,
            long at,
            int half,
            int shift,
            int mask,
            float[] scales,
            float[] minimums,
            int second,
            float[] weights,
            int to) {
        FloatVector scale0 = FloatVector.fromArray(Lanes.FLOATS, scales, 0);
        FloatVector scale1 = FloatVector.fromArray(Lanes.FLOATS, scales, second);
        FloatVector minimum0 = FloatVector.fromArray(Lanes.FLOATS, minimums, 0);
        FloatVector minimum1 = FloatVector.fromArray(Lanes.FLOATS, minimums, second);
        for (int k = 0; k < 4; k++) {
            IntVector word0 = Lanes.words(panels, at + 64L * k).and(mask);
            IntVector word1 = Lanes.words(panels, at + 64L * k + half)
                    .lanewise(VectorOperators.LSHR, shift)
                    .and(mask);
            int at0 = to + 4 * k * STRIDE;
            int at1 = at0 + 16 * STRIDE;
            Lanes.floats(word0.and(0xff)).fma(scale0, minimum0).intoArray(weights, at0 + 0 * STRIDE);
            Lanes.floats(word0.lanewise(VectorOperators.LSHR, 8).and(0xff))
                    .fma(scale0, minimum0)
                    .intoArray(weights, at0 + 1 * STRIDE);
            Lanes.floats(word0.lanewise(VectorOperators.LSHR, 16).and(0xff))
                    .fma(scale0, minimum0)
                    .intoArray(weights, at0 + 2 * STRIDE);
            Lanes.floats(word0.lanewise(VectorOperators.LSHR, 24))
                    .fma(scale0, minimum0)
                    .intoArray(weights, at0 + 3 * STRIDE);
            Lanes.floats(word1.and(0xff)).fma(scale1, minimum1).intoArray(weights, at1 + 0 * STRIDE);
            Lanes.floats(word1.lanewise(VectorOperators.LSHR, 8).and(0xff))
                    .fma(scale1, minimum1)
                    .intoArray(weights, at1 + 1 * STRIDE);
            Lanes.floats(word1.lanewise(VectorOperators.LSHR, 16).and(0xff))
                    .fma(scale1, minimum1)
                    .intoArray(weights, at1 + 2 * STRIDE);
            Lanes.floats(word1.lanewise(VectorOperators.LSHR, 24))
                    .fma(scale1, minimum1)
                    .intoArray(weights, at1 + 3 * STRIDE);
        }
    }

    /**
     * Quanta of 4 bits and one or two more.
     *
     * @param half from the high bits of a block's first half to those of its second
     * @param shift how far those of the second half lie above those of the first
     * @param bits how many they are
     */
    private static void openWithHighBits(
            MemorySegment panels,
            long at,
            int half,
            int shift,
            int bits,
            int mask,
            float[] scales,
            float[] minimums,
            int second,
            float[] weights,
            int to) {
        FloatVector scale0 = FloatVector.fromArray(Lanes.FLOATS, scales, 0);
        FloatVector scale1 = FloatVector.fromArray(Lanes.FLOATS, scales, second);
        FloatVector minimum0 = FloatVector.fromArray(Lanes.FLOATS, minimums, 0);
        FloatVector minimum1 = FloatVector.fromArray(Lanes.FLOATS, minimums, second);
        for (int k = 0; k < 4; k++) {
            IntVector high0 = Lanes.words(panels, at + 256)
                    .lanewise(VectorOperators.LSHR, bits * k)
                    .and(mask)
                    .lanewise(VectorOperators.LSHL, 4);
            IntVector high1 = Lanes.words(panels, at + 256 + half)
                    .lanewise(VectorOperators.LSHR, shift + bits * k)
                    .and(mask)
                    .lanewise(VectorOperators.LSHL, 4);
            IntVector both = Lanes.words(panels, at + 64L * k);
            IntVector word0 = both.and(0x0f0f0f0f).or(high0);
            IntVector word1 =
                    both.lanewise(VectorOperators.LSHR, 4).and(0x0f0f0f0f).or(high1);
            int at0 = to + 4 * k * STRIDE;
            int at1 = at0 + 16 * STRIDE;
            Lanes.floats(word0.and(0xff)).fma(scale0, minimum0).intoArray(weights, at0 + 0 * STRIDE);
            Lanes.floats(word0.lanewise(VectorOperators.LSHR, 8).and(0xff))
                    .fma(scale0, minimum0)
                    .intoArray(weights, at0 + 1 * STRIDE);
            Lanes.floats(word0.lanewise(VectorOperators.LSHR, 16).and(0xff))
                    .fma(scale0, minimum0)
                    .intoArray(weights, at0 + 2 * STRIDE);
            Lanes.floats(word0.lanewise(VectorOperators.LSHR, 24))
                    .fma(scale0, minimum0)
                    .intoArray(weights, at0 + 3 * STRIDE);
            Lanes.floats(word1.and(0xff)).fma(scale1, minimum1).intoArray(weights, at1 + 0 * STRIDE);
            Lanes.floats(word1.lanewise(VectorOperators.LSHR, 8).and(0xff))
                    .fma(scale1, minimum1)
                    .intoArray(weights, at1 + 1 * STRIDE);
            Lanes.floats(word1.lanewise(VectorOperators.LSHR, 16).and(0xff))
                    .fma(scale1, minimum1)
                    .intoArray(weights, at1 + 2 * STRIDE);
            Lanes.floats(word1.lanewise(VectorOperators.LSHR, 24))
                    .fma(scale1, minimum1)
                    .intoArray(weights, at1 + 3 * STRIDE);
        }
    }
}
