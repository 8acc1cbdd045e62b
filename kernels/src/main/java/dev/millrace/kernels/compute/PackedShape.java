package dev.millrace.kernels.compute;

import dev.millrace.kernels.weights.Tensor;
import java.util.List;

/** Rows and columns of tensors that stand one below the other. */
record PackedShape(int rows, int columns) {
    /** @throws IllegalArgumentException if there is none, their columns differ or the rows pass 2^31 - 1 */
    static PackedShape of(List<Tensor> tensors) {
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException("tensors must be at least one, were none");
        }
        Tensor first = tensors.getFirst();
        long rows = 0;
        for (Tensor tensor : tensors) {
            if (tensor.columns() != first.columns()) {
                throw new IllegalArgumentException("tensors must have the same number of columns: " + first.name()
                        + " has " + first.columns() + ", " + tensor.name() + " " + tensor.columns());
            }
            rows += tensor.rows();
        }
        if (rows < 1 || rows > Integer.MAX_VALUE || first.columns() < 1 || first.columns() > 1 << 24) {
            throw new IllegalArgumentException("tensor " + first.name() + " makes a matrix of " + rows + " rows and "
                    + first.columns() + " columns, expected 1 to " + Integer.MAX_VALUE + " and 1 to " + (1 << 24));
        }
        return new PackedShape((int) rows, (int) first.columns());
    }
}
