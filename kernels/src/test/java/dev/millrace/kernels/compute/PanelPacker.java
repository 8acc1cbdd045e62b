package dev.millrace.kernels.compute;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.millrace.kernels.quant.BlockFormat;
import dev.millrace.kernels.quant.QuantizedRow;
import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Brings one panel of a tensor, 16 of its rows, into the form of src/main/c/panels.h, element by element: the oracle of pack.h. */
final class PanelPacker {
    private final Tensor tensor;
    private final PanelFormat format;
    private final int columns;
    private final byte[] panel;

    PanelPacker(Tensor tensor, PanelFormat format) {
        this.tensor = tensor;
        this.format = format;
        this.columns = (int) tensor.columns();
        this.panel = new byte[Math.toIntExact(format.panelBytes(columns))];
    }

    void pack(int index, MemorySegment panels) {
        int first = index * PanelFormat.ROWS;
        int rows = (int) Math.min(PanelFormat.ROWS, tensor.rows() - first);
        Arrays.fill(panel, (byte) 0);
        if (format.quantized()) {
            QuantizedRow row = new QuantizedRow(tensor.type(), columns);
            for (int r = 0; r < rows; r++) {
                row.read(tensor.data(), (first + r) * tensor.type().bytes(columns));
                addRow(row, r);
            }
        } else {
            addFloats(first, rows);
        }
        MemorySegment.copy(panel, 0, panels, JAVA_BYTE, index * (long) panel.length, panel.length);
    }

    private void addFloats(int first, int rows) {
        int size = format.quantumBits() / 8;
        byte[] row = new byte[columns * size];
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(tensor.data(), JAVA_BYTE, (first + r) * (long) row.length, row, 0, row.length);
            for (int c = 0; c < columns; c++) {
                System.arraycopy(row, c * size, panel, (c * PanelFormat.ROWS + r) * size, size);
            }
        }
    }

    private void addRow(QuantizedRow row, int r) {
        BlockFormat blocks = row.format();
        int groups = PanelFormat.COLUMNS / blocks.groupElements();
        int units = columns / (format.unitBlocks() * PanelFormat.COLUMNS);
        for (int u = 0; u < units; u++) {
            int at = u * format.unitBytes();
            putHalf(at + 2 * r, row.scales()[u]);
            if (blocks.minimum()) {
                putHalf(at + 2 * (PanelFormat.ROWS + r), row.minimums()[u]);
            }
            at += format.headerBytes();
            for (int i = 0; i < format.unitBlocks(); i++) {
                int block = u * format.unitBlocks() + i;
                for (int g = 0; g < groups && blocks.nested(); g++) {
                    panel[at + PanelFormat.ROWS * g + r] = row.groupScales()[block * groups + g];
                    if (blocks.minimum()) {
                        panel[at + PanelFormat.ROWS * (groups + g) + r] = row.groupMinimums()[block * groups + g];
                    }
                }
                addQuanta(row.quanta(), block * PanelFormat.COLUMNS, at + format.refinementBytes() + 4 * r);
                at += format.blockBytes();
            }
        }
    }

    /** @param at where the row's first byte lies; k counts fours of columns */
    private void addQuanta(byte[] quanta, int from, int at) {
        for (int column = 0; column < PanelFormat.COLUMNS; column++) {
            int quantum = quanta[from + column] & 0xff;
            int k = column / 4;
            int c = at + column % 4;
            if (format.quantumBits() == 8) {
                panel[c + 64 * k] = (byte) quantum;
                continue;
            }
            panel[c + 64 * (k % 4)] |= (byte) ((quantum & 15) << (k / 4 * 4));
            if (format.quantumBits() == 5) {
                panel[c + 256] |= (byte) ((quantum >> 4) << k);
            } else if (format.quantumBits() == 6) {
                panel[c + 256 + 64 * (k / 4)] |= (byte) ((quantum >> 4) << (k % 4 * 2));
            }
        }
    }

    private void putHalf(int at, short half) {
        panel[at] = (byte) half;
        panel[at + 1] = (byte) (half >> 8);
    }
}
