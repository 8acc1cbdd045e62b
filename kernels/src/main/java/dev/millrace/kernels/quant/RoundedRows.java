package dev.millrace.kernels.quant;

import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Rounds a matrix's rows to a type, on all cores. */
public final class RoundedRows {
    private static final int ROWS = 64;

    private RoundedRows() {}

    /** A matrix's rows as float32. For one thread. */
    public interface Rows {
        /** @param into gets all elements of the row */
        void read(int row, float[] into);
    }

    /**
     * @param reader makes one for each thread
     * @return the rows in that type, one after the other
     */
    public static MemorySegment of(int rows, int columns, TensorType type, Arena arena, Supplier<Rows> reader) {
        MemorySegment out = arena.allocate(type.bytes((long) rows * columns), 64);
        IntStream.range(0, (rows + ROWS - 1) / ROWS).parallel().forEach(block -> {
            Rows own = reader.get();
            RowNarrower narrower = new RowNarrower(type, columns);
            float[] row = new float[columns];
            for (int at = block * ROWS; at < Math.min(rows, (block + 1) * ROWS); at++) {
                own.read(at, row);
                narrower.narrow(row, 0, out, at);
            }
        });
        return out;
    }
}
