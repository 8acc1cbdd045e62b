package dev.millrace.kernels.compute;

import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Rows of one or more tensors as they lie in their file, copied so that the file may be closed. */
record ScalarMatrix(int rows, int columns, long bytes, List<Part> parts) implements Matrix {
    /**
     * The rows of one tensor.
     *
     * @param firstRow where they begin in the matrix
     */
    record Part(TensorType type, int firstRow, int rows, MemorySegment data) {}

    static ScalarMatrix of(List<Tensor> tensors, Arena arena) {
        int columns = PackedShape.of(tensors).columns();
        List<Part> parts = new ArrayList<>();
        int rows = 0;
        long bytes = 0;
        for (Tensor tensor : tensors) {
            MemorySegment copy = arena.allocate(tensor.data().byteSize(), 64).copyFrom(tensor.data());
            parts.add(new Part(tensor.type(), rows, (int) tensor.rows(), copy));
            rows += (int) tensor.rows();
            bytes += copy.byteSize();
        }
        return new ScalarMatrix(rows, columns, bytes, List.copyOf(parts));
    }

    Part partOf(int row) {
        if (row < 0 || row >= rows) {
            throw new IllegalArgumentException("row is " + row + ", expected 0 to " + (rows - 1));
        }
        int i = parts.size() - 1;
        while (parts.get(i).firstRow > row) {
            i--;
        }
        return parts.get(i);
    }
}
