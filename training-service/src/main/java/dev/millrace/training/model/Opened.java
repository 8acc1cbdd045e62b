package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.millrace.training.torch.Scope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/** Kept in few bits, and widened whenever it is needed: what is open is gone once another one is. */
record Opened(PackedMatrix matrix, Room room) implements Weight {
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
        return room.open(scope, matrix, from, to);
    }

    @Override
    public NDArray rows(Scope scope, long[] which) {
        int columns = matrix.columns();
        MemorySegment out = Arena.ofAuto().allocate(4L * which.length * columns, 64);
        for (int i = 0; i < which.length; i++) {
            matrix.widen(which[i], which[i] + 1, out.asSlice(4L * i * columns, 4L * columns));
        }
        return scope.manager()
                .create(
                        out.asByteBuffer().order(ByteOrder.nativeOrder()),
                        new Shape(which.length, columns),
                        DataType.FLOAT32);
    }
}
