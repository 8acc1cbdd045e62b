package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Brings a file's weights to torch, whatever their type, as float32 (or float64, for tests): DJL aborts the JVM at arrays
 * of bfloat16. Torch reads them where they were widened to, 64 bytes aligned; nothing is copied twice.
 */
final class WeightLoader {
    private final ModelFile file;
    private final NDManager manager;
    private final DataType type;
    private final FrozenWeights frozen;

    WeightLoader(ModelFile file, NDManager manager, DataType type, FrozenWeights frozen) {
        this.file = file;
        this.manager = manager;
        this.type = type;
        this.frozen = frozen;
    }

    /**
     * A weight that must be there.
     *
     * @throws MalformedFileException if it is missing, or of another shape
     */
    NDArray load(String name, long... shape) throws MalformedFileException {
        return load(file.require(name), 0, 0, shape);
    }

    /** A row for each token. */
    Weight table(String name, long rows, int columns) throws MalformedFileException {
        Tensor tensor = file.require(name);
        requireShape(tensor, rows, columns);
        Optional<Weight> kept = frozen.table(new FileRows(tensor, 0));
        return kept.isPresent() ? kept.get() : new Weight.Dense(load(tensor, 0, 0, rows, columns));
    }

    /** One that the file may lack. */
    Optional<Weight> findTable(String name, long rows, int columns) throws MalformedFileException {
        return file.find(name).isPresent() ? Optional.of(table(name, rows, columns)) : Optional.empty();
    }

    Norm norm(String name, int size) throws MalformedFileException {
        return new Norm(name, load(file.require(name), file.normOffset(), 0, size));
    }

    /** A norm that only some models have. */
    Optional<Norm> norm(boolean there, String name, int size) throws MalformedFileException {
        return there ? Optional.of(norm(name, size)) : Optional.empty();
    }

    Projection projection(String module, int outputs, int inputs) throws MalformedFileException {
        return projection(module, 0, outputs, inputs);
    }

    /** Of queries or keys, whose rows some files have in another order. */
    Projection turned(String module, int headSize, int outputs, int inputs) throws MalformedFileException {
        return projection(module, file.neighboursTurn() ? headSize : 0, outputs, inputs);
    }

    private Projection projection(String module, int turned, int outputs, int inputs) throws MalformedFileException {
        Weight weight = matrix(file.require(module + ".weight"), turned, outputs, inputs);
        Optional<Tensor> bias = file.find(module + ".bias");
        return new Projection(
                module,
                weight,
                bias.isPresent() ? Optional.of(load(bias.get(), 0, turned, outputs)) : Optional.empty());
    }

    private Weight matrix(Tensor tensor, int turned, int outputs, int inputs) throws MalformedFileException {
        requireShape(tensor, outputs, inputs);
        Optional<Weight> kept = frozen.matrix(new FileRows(tensor, turned));
        return kept.isPresent() ? kept.get() : new Weight.Dense(load(tensor, 0, turned, outputs, inputs));
    }

    private void requireShape(Tensor tensor, long... shape) throws MalformedFileException {
        if (!Arrays.equals(tensor.shape().stream().mapToLong(Long::longValue).toArray(), shape)) {
            throw new MalformedFileException(
                    file.weights().path(),
                    "tensor \"" + tensor.name() + "\" has shape " + tensor.shape() + ", expected "
                            + Arrays.toString(shape));
        }
    }

    /**
     * @param offset added to a vector's elements; a matrix has none
     * @param turned size of a head whose neighbours are brought to its halves, 0 for none
     */
    private NDArray load(Tensor tensor, float offset, int turned, long... shape) throws MalformedFileException {
        requireShape(tensor, shape);
        // a vector is a column of one element each here: its elements change places like a matrix's rows
        int rows = (int) (shape.length == 1 ? 1 : shape[0]);
        int columns = (int) (tensor.elements() / rows);
        MemorySegment out = Arena.ofAuto().allocate(tensor.elements() * type.getNumOfBytes(), 64);
        IntStream.range(0, (rows + 255) / 256).parallel().forEach(block -> {
            RowWidener widener = new RowWidener(tensor.type(), columns);
            float[] row = new float[columns];
            for (int from = block * 256; from < Math.min(rows, block * 256 + 256); from++) {
                widener.widen(tensor.data(), from, row, 0);
                if (rows == 1) {
                    for (int i = 0; i < columns; i++) {
                        set(out, ModelFile.rowOf(i, turned), row[i], offset);
                    }
                } else {
                    setRow(out, (long) ModelFile.rowOf(from, turned) * columns, row);
                }
            }
        });
        return manager.create(out.asByteBuffer().order(ByteOrder.nativeOrder()), new Shape(shape), type);
    }

    private void setRow(MemorySegment out, long at, float[] row) {
        if (type == DataType.FLOAT32) {
            // element by element is slow in a JVM that has just begun
            MemorySegment.copy(row, 0, out, ValueLayout.JAVA_FLOAT, 4 * at, row.length);
            return;
        }
        for (int i = 0; i < row.length; i++) {
            set(out, at + i, row[i], 0);
        }
    }

    private void set(MemorySegment out, long at, float value, float offset) {
        if (type == DataType.FLOAT32) {
            out.setAtIndex(ValueLayout.JAVA_FLOAT, at, value + offset);
        } else {
            out.setAtIndex(ValueLayout.JAVA_DOUBLE, at, (double) value + offset);
        }
    }
}
