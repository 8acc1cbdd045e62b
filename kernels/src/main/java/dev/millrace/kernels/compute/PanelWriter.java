package dev.millrace.kernels.compute;

import dev.millrace.kernels.quant.BlockFormat;
import dev.millrace.kernels.quant.QuantizedRow;
import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Brings rows of a tensor into panels, as pack.h does: loses nothing. Not for use by two threads at once. */
final class PanelWriter {
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private final Tensor tensor;
    private final PanelFormat format;
    private final int columns;
    private final byte[] panel;

    PanelWriter(Tensor tensor, PanelFormat format) {
        this.tensor = tensor;
        this.format = format;
        this.columns = (int) tensor.columns();
        this.panel = new byte[Math.toIntExact(format.panelBytes(columns))];
    }

    /** Panels [first, last). */
    static void pack(Tensor tensor, PanelFormat format, int first, int last, MemorySegment panels) {
        PanelWriter writer = new PanelWriter(tensor, format);
        for (int i = first; i < last; i++) {
            writer.write(i, panels);
        }
    }

    private void write(int index, MemorySegment panels) {
        int first = index * PanelFormat.ROWS;
        int rows = (int) Math.min(PanelFormat.ROWS, tensor.rows() - first);
        // rows and columns that aren't there, and bits that are added one by one
        Arrays.fill(panel, (byte) 0);
        if (format.quantized()) {
            QuantizedRow row = new QuantizedRow(tensor.type(), columns);
            for (int r = 0; r < rows; r++) {
                row.read(tensor.data(), (first + r) * tensor.type().bytes(columns));
                putRow(row, r);
            }
        } else {
            for (int r = 0; r < rows; r++) {
                putFloats(first + r, r);
            }
        }
        MemorySegment.copy(panel, 0, panels, ValueLayout.JAVA_BYTE, index * (long) panel.length, panel.length);
    }

    private void putFloats(int row, int r) {
        int size = format.quantumBits() / 8;
        byte[] elements = new byte[columns * size];
        MemorySegment.copy(
                tensor.data(), ValueLayout.JAVA_BYTE, row * (long) elements.length, elements, 0, elements.length);
        for (int c = 0; c < columns; c++) {
            for (int i = 0; i < size; i++) {
                panel[(c * PanelFormat.ROWS + r) * size + i] = elements[c * size + i];
            }
        }
    }

    private void putRow(QuantizedRow row, int r) {
        BlockFormat blocks = row.format();
        int groups = PanelFormat.COLUMNS / blocks.groupElements();
        int at = 0;
        for (int unit = 0; unit < row.scales().length; unit++) {
            SHORT.set(panel, at + 2 * r, row.scales()[unit]);
            if (blocks.minimum()) {
                SHORT.set(panel, at + 2 * (PanelFormat.ROWS + r), row.minimums()[unit]);
            }
            at += format.headerBytes();
            for (int i = 0; i < format.unitBlocks(); i++) {
                int block = unit * format.unitBlocks() + i;
                for (int g = 0; g < groups && blocks.nested(); g++) {
                    panel[at + PanelFormat.ROWS * g + r] = row.groupScales()[block * groups + g];
                    if (blocks.minimum()) {
                        panel[at + PanelFormat.ROWS * (groups + g) + r] = row.groupMinimums()[block * groups + g];
                    }
                }
                putQuanta(row.quanta(), block * PanelFormat.COLUMNS, at + format.refinementBytes() + 4 * r);
                at += format.blockBytes();
            }
        }
    }

    /** Four columns at a time are one word; {@code at} is where the row's first one lies. */
    private void putQuanta(byte[] quanta, int from, int at) {
        int bits = format.quantumBits();
        for (int k = 0; k < 8; k++) {
            int word = (int) WORD.get(quanta, from + 4 * k);
            if (bits == 8) {
                WORD.set(panel, at + 64 * k, word);
                continue;
            }
            add(at + 64 * (k & 3), (word & 0x0f0f0f0f) << (k & 4));
            if (bits == 5) {
                add(at + 256, ((word >>> 4) & 0x01010101) << k);
            } else if (bits == 6) {
                add(at + 256 + 64 * (k >> 2), ((word >>> 4) & 0x03030303) << (2 * (k & 3)));
            }
        }
    }

    private void add(int at, int bits) {
        WORD.set(panel, at, (int) WORD.get(panel, at) | bits);
    }
}
