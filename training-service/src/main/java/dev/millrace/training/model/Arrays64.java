package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.training.torch.Scope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Between Java's float arrays and torch's of float32 or float64. */
public final class Arrays64 {
    private Arrays64() {}

    /** A vector of that type. */
    static NDArray of(Scope scope, double[] values, DataType type) {
        if (type == DataType.FLOAT64) {
            return scope.manager().create(values);
        }
        float[] narrow = new float[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (float) values[i];
        }
        return scope.manager().create(narrow);
    }

    /** Overwrites an array in place, its graph and its gradient untouched. */
    public static void copy(float[] values, NDArray into) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(
                        values.length * into.getDataType().getNumOfBytes())
                .order(ByteOrder.nativeOrder());
        if (into.getDataType() == DataType.FLOAT32) {
            bytes.asFloatBuffer().put(values);
        } else {
            for (float value : values) {
                bytes.putDouble(value);
            }
            bytes.flip();
        }
        into.set(bytes);
    }

    /** The same from a tensor of a file; of float32 to float32 without a copy on the heap. */
    public static void copy(Tensor tensor, NDArray into) {
        boolean same = tensor.type() == TensorType.F32 && into.getDataType() == DataType.FLOAT32;
        if (same && tensor.data().byteSize() <= Integer.MAX_VALUE) {
            // the array keeps what it is given, and writes there
            MemorySegment own = Arena.ofAuto().allocate(tensor.data().byteSize(), 64);
            own.copyFrom(tensor.data());
            into.set(own.asByteBuffer().order(ByteOrder.nativeOrder()));
        } else {
            copy(RowWidener.widen(tensor), into);
        }
    }

    /** All elements, rounded to float32. */
    public static float[] floats(NDArray array) {
        if (array.getDataType() == DataType.FLOAT32) {
            return array.toFloatArray();
        }
        double[] wide = array.toDoubleArray();
        float[] result = new float[wide.length];
        for (int i = 0; i < wide.length; i++) {
            result[i] = (float) wide[i];
        }
        return result;
    }

    /** All elements, exactly. */
    public static double[] doubles(NDArray array) {
        if (array.getDataType() == DataType.FLOAT64) {
            return array.toDoubleArray();
        }
        float[] narrow = array.toFloatArray();
        double[] result = new double[narrow.length];
        for (int i = 0; i < narrow.length; i++) {
            result[i] = narrow[i];
        }
        return result;
    }
}
