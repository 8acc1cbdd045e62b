package dev.millrace.training.model;

import dev.millrace.kernels.compute.KernelOptions;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Providers;
import java.lang.foreign.Arena;
import java.util.Optional;

/** Brings matrices of an open file into the form in which they are kept; owns what they need as long as they are in use. */
final class FrozenWeights implements AutoCloseable {
    /** Of a table that are open at a time, at least: 16 MB. */
    private static final long TABLE_ELEMENTS = 4L << 20;

    private final Frozen frozen;
    private final Room room;
    private final Optional<Kernels> kernels;
    private final Optional<ModelFile> file;
    private final Arena arena = Arena.ofShared();

    /**
     * @param file closed with this, where its weights are read as long as the model is in use
     * @param threads that may work on a matrix
     */
    FrozenWeights(ModelFile file, Frozen frozen, int threads) {
        this.frozen = frozen;
        this.room = new Room(threads);
        this.file = frozen.needsFile() ? Optional.of(file) : Optional.empty();
        this.kernels = frozen == Frozen.Q8
                ? Optional.of(
                        Providers.choose(new KernelOptions(Optional.empty(), threads, KernelOptions.Activations.INT8))
                                .kernels())
                : Optional.empty();
    }

    /** A layer's matrix; empty where it stays in float32. */
    Optional<Weight> matrix(FileRows rows) {
        return switch (frozen) {
            case FLOAT32 -> Optional.empty();
            case SAME -> opened(rows);
            case NF4 -> {
                PackedMatrix rounded = NormalFloat4.of(rows, room);
                // what was read of the file is not needed again
                rows.tensor().data().unload();
                yield opened(rounded);
            }
            case Q8 -> eightBit(rows);
        };
    }

    /** A row for each token; empty where it stays in float32. */
    Optional<Weight> table(FileRows rows) {
        return switch (frozen) {
            case FLOAT32 -> Optional.empty();
            case SAME, NF4 -> Optional.of(new Opened(rows, room));
            case Q8 -> eightBit(rows);
        };
    }

    private Optional<Weight> opened(PackedMatrix matrix) {
        room.reserve(matrix.rows() * matrix.columns());
        return Optional.of(new Opened(matrix, room));
    }

    private Optional<Weight> eightBit(FileRows rows) {
        return EightBit.fits(rows)
                ? Optional.of(EightBit.of(rows, room, kernels.orElseThrow(), arena))
                : Optional.empty();
    }

    /** Rows of a table that may be open at a time, once all matrices are known. */
    long rowsAtOnce(int columns) {
        if (!frozen.needsFile()) {
            return Long.MAX_VALUE;
        }
        room.reserve(TABLE_ELEMENTS);
        return room.elements() / columns;
    }

    /** Whether all of the model's matrices are there to be trained. */
    boolean trainable() {
        return frozen == Frozen.FLOAT32;
    }

    @Override
    public void close() {
        kernels.ifPresent(Kernels::close);
        arena.close();
        file.ifPresent(ModelFile::close);
    }
}
