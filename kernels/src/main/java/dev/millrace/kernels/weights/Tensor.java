package dev.millrace.kernels.weights;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A named array of weights as it lies in its file, mapped and not copied.
 *
 * @param name as in the file
 * @param type how its elements are stored
 * @param shape slowest dimension first ([rows, columns]), as PyTorch prints it; GGUF stores it the other way round
 * @param data exactly {@code type.bytes(elements())} bytes, row after row; valid as long as its file is open
 */
public record Tensor(String name, TensorType type, List<Long> shape, MemorySegment data) {
    public Tensor {
        shape = List.copyOf(shape);
        if (shape.stream().anyMatch(size -> size < 0)) {
            throw new IllegalArgumentException("tensor " + name + " has a negative dimension: " + shape);
        }
        long expected = type.bytes(elements(shape));
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException("tensor " + name + " of " + type + " " + shape + " takes " + expected
                    + " bytes, was given " + data.byteSize());
        }
    }

    /** Number of elements. */
    public long elements() {
        return elements(shape);
    }

    /** All dimensions but the last, multiplied: a vector has one row. */
    public long rows() {
        return shape.isEmpty() ? 1 : elements(shape.subList(0, shape.size() - 1));
    }

    /** The last dimension. */
    public long columns() {
        return shape.isEmpty() ? 1 : shape.getLast();
    }

    private static long elements(List<Long> shape) {
        long product = 1;
        for (long size : shape) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }
}
