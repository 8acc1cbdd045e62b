package dev.millrace.kernels.compute;

import dev.millrace.kernels.quant.Bfloat16;
import dev.millrace.kernels.quant.BlockFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** One row read out of panels, element by element, for the look-up of embeddings. */
final class PanelRow {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private PanelRow() {}

    /**
     * Widens a row to float32 as ggml does, to the bit.
     *
     * @param row of the matrix
     * @param out its length is the row's
     */
    static void widen(PanelMatrix.Part part, int row, float[] out) {
        int inPart = row - part.firstRow();
        long panel = inPart / PanelFormat.ROWS * part.format().panelBytes(out.length);
        int r = inPart % PanelFormat.ROWS;
        if (part.format().quantized()) {
            widenBlocks(part, panel, r, out);
            return;
        }
        for (int c = 0; c < out.length; c++) {
            long element = (long) c * PanelFormat.ROWS + r;
            out[c] = switch (part.type()) {
                case F32 -> part.panels().get(FLOAT, panel + 4 * element);
                case F16 -> Float.float16ToFloat(part.panels().get(SHORT, panel + 2 * element));
                default -> Bfloat16.widen(part.panels().get(SHORT, panel + 2 * element));
            };
        }
    }

    private static void widenBlocks(PanelMatrix.Part part, long panel, int r, float[] out) {
        MemorySegment data = part.panels();
        PanelFormat format = part.format();
        BlockFormat blocks = BlockFormat.of(part.type());
        int halves = PanelFormat.COLUMNS / blocks.groupElements();
        for (int block = 0; block < out.length / PanelFormat.COLUMNS; block++) {
            long unit = panel + (long) (block / format.unitBlocks()) * format.unitBytes();
            long start = unit + format.headerBytes() + (long) (block % format.unitBlocks()) * format.blockBytes();
            long quanta = start + format.refinementBytes() + 4L * r;
            for (int half = 0; half < halves; half++) {
                float scale = Float.float16ToFloat(data.get(SHORT, unit + 2L * r));
                float minimum = 0;
                if (blocks.minimum()) {
                    minimum = Float.float16ToFloat(data.get(SHORT, unit + 2L * (PanelFormat.ROWS + r)));
                }
                if (blocks.nested()) {
                    byte factor = data.get(ValueLayout.JAVA_BYTE, start + (long) PanelFormat.ROWS * half + r);
                    scale *= factor;
                    if (blocks.minimum()) {
                        byte other =
                                data.get(ValueLayout.JAVA_BYTE, start + (long) PanelFormat.ROWS * (halves + half) + r);
                        minimum = -(minimum * other);
                    }
                }
                int from = half * blocks.groupElements();
                for (int c = from; c < from + blocks.groupElements(); c++) {
                    int quantum = quantum(data, quanta, format.quantumBits(), c) - blocks.offset();
                    float weight = scale * quantum;
                    out[block * PanelFormat.COLUMNS + c] = blocks.minimum() ? weight + minimum : weight;
                }
            }
        }
    }

    /** Column {@code c} of a block. */
    private static int quantum(MemorySegment data, long quanta, int bits, int c) {
        int k = c / 4;
        long at = quanta + c % 4;
        if (bits == 8) {
            return data.get(ValueLayout.JAVA_BYTE, at + 64L * k) & 0xff;
        }
        int low = (data.get(ValueLayout.JAVA_BYTE, at + 64L * (k & 3)) >> (k & 4)) & 15;
        return switch (bits) {
            case 5 -> low | (((data.get(ValueLayout.JAVA_BYTE, at + 256) >> k) & 1) << 4);
            case 6 -> low | (((data.get(ValueLayout.JAVA_BYTE, at + 256 + 64L * (k >> 2)) >> (2 * (k & 3))) & 3) << 4);
            default -> low;
        };
    }
}
