package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.millrace.training.torch.Scope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/**
 * Where packed matrices are widened, one at a time: torch reads it in place. Fresh memory for each would cost more than the
 * widening.
 */
final class Room {
    /** What one thread widens at a time. */
    private static final int PART_ELEMENTS = 1 << 17;

    private final boolean parallel;
    private MemorySegment memory = MemorySegment.NULL;

    /** @param threads that may widen at a time */
    Room(int threads) {
        this.parallel = threads > 1;
    }

    /** Makes room for so many elements, before anything is widened. */
    void reserve(long elements) {
        if (4 * elements > memory.byteSize()) {
            memory = Arena.ofAuto().allocate(4 * elements, 64);
        }
    }

    /** Elements that there is room for. */
    long elements() {
        return memory.byteSize() / 4;
    }

    /** Widens rows [from, to): they are there until others are. */
    MemorySegment widen(PackedMatrix matrix, long from, long to) {
        long step = Math.max(1, PART_ELEMENTS / matrix.columns());
        int parts = Math.toIntExact(Math.ceilDiv(to - from, step));
        IntStream each = IntStream.range(0, parts);
        (parallel ? each.parallel() : each).forEach(part -> {
            long first = from + part * step;
            long last = Math.min(to, first + step);
            long at = 4 * (first - from) * matrix.columns();
            matrix.widen(first, last, memory.asSlice(at, 4 * (last - first) * matrix.columns()));
        });
        return memory.asSlice(0, 4 * (to - from) * matrix.columns());
    }

    /** The same for torch: [to - from, columns]. */
    NDArray open(Scope scope, PackedMatrix matrix, long from, long to) {
        return scope.manager()
                .create(
                        widen(matrix, from, to).asByteBuffer().order(ByteOrder.nativeOrder()),
                        new Shape(to - from, matrix.columns()),
                        DataType.FLOAT32);
    }
}
