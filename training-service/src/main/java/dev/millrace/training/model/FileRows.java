package dev.millrace.training.model;

import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix as it lies in its file, which must stay open.
 *
 * @param turned size of a head whose neighbours turn together in the file, and whose rows are brought to Hugging Face's order; 0
 *     for none
 */
record FileRows(Tensor tensor, int turned) implements PackedMatrix {
    @Override
    public long rows() {
        return tensor.rows();
    }

    @Override
    public int columns() {
        return (int) tensor.columns();
    }

    @Override
    public void widen(long from, long to, MemorySegment out) {
        int columns = columns();
        RowWidener widener = new RowWidener(tensor.type(), columns);
        float[] row = new float[columns];
        for (long at = from; at < to; at++) {
            widener.widen(tensor.data(), ModelFile.rowInFile((int) at, turned), row, 0);
            MemorySegment.copy(row, 0, out, ValueLayout.JAVA_FLOAT, 4 * (at - from) * columns, columns);
        }
    }
}
