package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.millrace.training.torch.Scope;
import java.lang.foreign.MemorySegment;

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
        long bytes = 4L * matrix.columns();
        // torch's own memory goes with the scope: Java's would wait for its garbage collector
        NDArray rows = scope.manager().create(new Shape(which.length, matrix.columns()), DataType.FLOAT32);
        MemorySegment out = Scope.memory(rows);
        for (int i = 0; i < which.length; i++) {
            matrix.widen(which[i], which[i] + 1, out.asSlice(i * bytes, bytes));
        }
        return rows;
    }
}
