package dev.millrace.kernels.compute;

import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Weights in panels; the rows of each tensor begin a panel of their own. */
record PanelMatrix(int rows, int columns, long bytes, List<Part> parts) implements Matrix {
    /** What one thread packs at a time. */
    private static final int PART_PANELS = 8;

    /**
     * The rows of one tensor.
     *
     * @param firstRow where they begin in the matrix
     */
    record Part(TensorType type, PanelFormat format, int firstRow, int rows, MemorySegment panels) {
        int panelCount() {
            return Math.ceilDiv(rows, PanelFormat.ROWS);
        }
    }

    /** Brings panels [first, last) of a tensor into their form. */
    @FunctionalInterface
    interface Packer {
        void pack(Tensor tensor, PanelFormat format, int first, int last, MemorySegment panels);
    }

    static PanelMatrix of(List<Tensor> tensors, Arena arena, WorkerPool pool, Packer packer) {
        PackedShape shape = PackedShape.of(tensors);
        List<Part> parts = new ArrayList<>();
        int rows = 0;
        long bytes = 0;
        for (Tensor tensor : tensors) {
            PanelFormat format = PanelFormat.of(tensor.type());
            int count = (int) tensor.rows();
            int panels = Math.ceilDiv(count, PanelFormat.ROWS);
            MemorySegment memory = arena.allocate(format.panelBytes(shape.columns()) * panels, 64);
            pool.run(
                    Math.ceilDiv(panels, PART_PANELS),
                    part -> packer.pack(
                            tensor, format, part * PART_PANELS, Math.min(panels, (part + 1) * PART_PANELS), memory));
            parts.add(new Part(tensor.type(), format, rows, count, memory));
            rows += count;
            bytes += memory.byteSize();
        }
        return new PanelMatrix(rows, shape.columns(), bytes, List.copyOf(parts));
    }

    /** The panels of some tensor's row. */
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
