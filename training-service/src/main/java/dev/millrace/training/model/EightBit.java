package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Matrix;
import dev.millrace.kernels.quant.RoundedRows;
import dev.millrace.kernels.quant.RowNarrower;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.training.torch.Scope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * In 8-bit blocks of 32 with a scale each (Q8_0), by rows and by columns, and multiplied by our own kernels: what it is multiplied
 * with is rounded to such blocks as well. Torch's arrays are read and written where they lie.
 */
record EightBit(Kernels kernels, Matrix matrix, Matrix transposed) implements Weight {
    private static final int BLOCK = 32;
    /** Columns that are read at a time when a matrix is transposed: a cache line of floats. */
    private static final int STRIP = 16;

    /** Whether rows and columns are whole blocks. */
    static boolean fits(PackedMatrix matrix) {
        return matrix.rows() % BLOCK == 0 && matrix.columns() % BLOCK == 0;
    }

    /** @param arena owns what is made */
    static EightBit of(PackedMatrix matrix, Room room, Kernels kernels, Arena arena) {
        int rows = Math.toIntExact(matrix.rows());
        int columns = matrix.columns();
        room.reserve((long) rows * columns);
        MemorySegment values = room.widen(matrix, 0, rows);
        try (Arena passing = Arena.ofShared()) {
            MemorySegment bytes = RoundedRows.of(
                    rows,
                    columns,
                    TensorType.Q8_0,
                    passing,
                    () -> (row, into) ->
                            MemorySegment.copy(values, ValueLayout.JAVA_FLOAT, 4L * row * columns, into, 0, columns));
            Matrix packed = pack(kernels, bytes, rows, columns, arena);
            IntStream.range(0, columns / STRIP).parallel().forEach(strip -> {
                RowNarrower narrower = new RowNarrower(TensorType.Q8_0, rows);
                float[] turned = new float[STRIP * rows];
                for (int row = 0; row < rows; row++) {
                    long at = (long) row * columns + (long) strip * STRIP;
                    for (int i = 0; i < STRIP; i++) {
                        turned[i * rows + row] = values.getAtIndex(ValueLayout.JAVA_FLOAT, at + i);
                    }
                }
                for (int i = 0; i < STRIP; i++) {
                    narrower.narrow(turned, i * rows, bytes, (long) strip * STRIP + i);
                }
            });
            return new EightBit(kernels, packed, pack(kernels, bytes, columns, rows, arena));
        }
    }

    private static Matrix pack(Kernels kernels, MemorySegment bytes, long rows, long columns, Arena arena) {
        return kernels.pack(List.of(new Tensor("frozen", TensorType.Q8_0, List.of(rows, columns), bytes)), arena);
    }

    @Override
    public long outputs() {
        return matrix.rows();
    }

    @Override
    public long inputs() {
        return matrix.columns();
    }

    @Override
    public NDArray open(Scope scope, long from, long to) {
        long[] which = new long[Math.toIntExact(to - from)];
        Arrays.setAll(which, i -> from + i);
        return rows(scope, which);
    }

    @Override
    public NDArray rows(Scope scope, long[] which) {
        NDArray out = scope.manager().create(new Shape(which.length, inputs()), DataType.FLOAT32);
        int[] rows = Arrays.stream(which).mapToInt(Math::toIntExact).toArray();
        kernels.gather(matrix, rows, rows.length, Scope.memory(out));
        return out;
    }

    @Override
    public NDArray forward(Scope scope, NDArray x) {
        return product(scope, x, matrix);
    }

    @Override
    public NDArray back(Scope scope, NDArray dy) {
        return product(scope, dy, transposed);
    }

    @Override
    public void addBack(Scope scope, NDArray dx, NDArray dy) {
        scope.call("add_", dx, back(scope, dy));
    }

    private NDArray product(Scope scope, NDArray x, Matrix by) {
        int tokens = Math.toIntExact(x.getShape().get(0));
        NDArray y = scope.manager().create(new Shape(tokens, by.rows()), DataType.FLOAT32);
        kernels.multiply(Scope.memory(x), tokens, List.of(by), List.of(Scope.memory(y)));
        return y;
    }
}
