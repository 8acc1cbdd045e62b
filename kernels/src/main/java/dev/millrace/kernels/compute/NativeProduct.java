package dev.millrace.kernels.compute;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Products of one input with several matrices: brings the input into the form of the panels, then shares out panels. */
final class NativeProduct implements AutoCloseable {
    /** What one thread takes at a time: stays in its second-level cache from one tile of tokens to the next. */
    private static final long PART_BYTES = 256 << 10;

    private static final int LARGEST_GROUP = 16;

    private final NativeLibrary library;
    private final WorkerPool pool;
    private final Activations activations;
    private final NativeScratch roundedInput = new NativeScratch();
    private final NativeScratch floatInput = new NativeScratch();

    NativeProduct(NativeLibrary library, WorkerPool pool, Activations activations) {
        this.library = library;
        this.pool = pool;
        this.activations = activations;
    }

    /** Some panels of one matrix. */
    private record Work(PanelMatrix.Part part, int first, int last, MemorySegment out, long outStride) {}

    /** The input as panels are multiplied with it. */
    private record Input(MemorySegment rounded, MemorySegment floats, int tokens, int group) {}

    void multiply(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs) {
        if (tokens == 0) {
            return;
        }
        int columns = weights.getFirst().columns();
        StepCheck.floats("x", x, (long) tokens * columns);
        List<Work> work = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            PanelMatrix matrix = (PanelMatrix) weights.get(i);
            if (matrix.columns() != columns) {
                throw new IllegalArgumentException(
                        "matrices that share an input must have its columns, " + columns + ", not " + matrix.columns());
            }
            StepCheck.floats("out", outs.get(i), (long) tokens * matrix.rows());
            for (PanelMatrix.Part part : matrix.parts()) {
                share(part, columns, outs.get(i), matrix.rows(), work);
            }
        }
        Input input = input(x, tokens, columns, work);
        int blocks = PanelFormat.blocks(columns);
        pool.run(work.size(), index -> run(work.get(index), blocks, input));
    }

    private void run(Work work, int blocks, Input input) {
        boolean rounded = rounded(work.part);
        library.multiply(
                work.part.format().id(),
                work.part.panels(),
                work.first,
                work.last,
                blocks,
                work.part.rows(),
                rounded ? input.rounded : input.floats,
                rounded,
                input.tokens,
                input.group,
                work.out,
                work.outStride);
    }

    private boolean rounded(PanelMatrix.Part part) {
        return activations == Activations.INT8 && part.format().quantized();
    }

    private void share(PanelMatrix.Part part, int columns, MemorySegment out, int outStride, List<Work> work) {
        int panels = part.panelCount();
        long bytes = part.format().panelBytes(columns);
        int most = (int) Math.max(1, PART_BYTES / bytes);
        int even = Math.ceilDiv(panels, 4 * pool.threads());
        int step = Math.max(1, Math.min(most, even));
        MemorySegment first = out.asSlice(4L * part.firstRow());
        for (int panel = 0; panel < panels; panel += step) {
            work.add(new Work(part, panel, Math.min(panels, panel + step), first, outStride));
        }
    }

    private Input input(MemorySegment x, int tokens, int columns, List<Work> work) {
        int group = Math.min(LARGEST_GROUP, Integer.highestOneBit(2 * tokens - 1));
        long slots = (long) Math.ceilDiv(tokens, group) * group;
        long blocks = PanelFormat.blocks(columns);
        boolean anyRounded = work.stream().anyMatch(item -> rounded(item.part));
        boolean anyFloat = work.stream().anyMatch(item -> !rounded(item.part));
        MemorySegment r = anyRounded ? roundedInput.bytes(roundedBytes(slots * blocks, group)) : MemorySegment.NULL;
        MemorySegment f = anyFloat ? floatInput.bytes(slots * blocks * 128) : MemorySegment.NULL;
        // a group is one part: threads never write to one cache line
        pool.run(Math.ceilDiv(tokens, group), part -> {
            int last = Math.min(tokens, (part + 1) * group);
            if (anyRounded) {
                library.quantize(x, columns, part * group, last, tokens, group, r);
            }
            if (anyFloat) {
                library.regroup(x, columns, part * group, last, group, f);
            }
        });
        return new Input(r, f, tokens, group);
    }

    /** As matrix.h has it: twice quanta, a scale and two sums for each block, then a mask for each group's block. */
    private static long roundedBytes(long tokenBlocks, int group) {
        return 2 * (32 + 12) * tokenBlocks + 2 * tokenBlocks / group;
    }

    @Override
    public void close() {
        roundedInput.close();
        floatInput.close();
    }
}
