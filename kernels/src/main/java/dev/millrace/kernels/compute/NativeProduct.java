package dev.millrace.kernels.compute;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels.Product;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Products of inputs with matrices: brings the inputs into the form of the panels, then shares out panels. */
final class NativeProduct implements AutoCloseable {
    /** What one thread takes at a time: stays in its second-level cache from one tile of tokens to the next. */
    private static final long PART_BYTES = 256 << 10;

    private static final int LARGEST_GROUP = 16;
    private static final int CACHE_LINE = 64;

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

    /** An input, and the forms in which it is multiplied: empty where no matrix asks for one. */
    private record Input(
            MemorySegment x, int columns, int tokens, int group, MemorySegment rounded, MemorySegment floats) {
        int groups() {
            return Math.ceilDiv(tokens, group);
        }
    }

    /** Some panels of one matrix. */
    private record Work(PanelMatrix.Part part, int first, int last, MemorySegment out, long outStride, Input input) {}

    /** Some tokens of an input. */
    private record Group(Input input, int first) {}

    /** The products read nothing that one of them writes. */
    void multiplyAll(List<Product> products) {
        List<Input> inputs = inputs(products);
        List<Group> groups = new ArrayList<>();
        List<Work> work = new ArrayList<>();
        for (int i = 0; i < products.size(); i++) {
            Product product = products.get(i);
            Input input = inputs.get(i);
            for (int group = 0; group < input.groups(); group++) {
                groups.add(new Group(input, group * input.group));
            }
            for (int m = 0; m < product.weights().size() && product.tokens() > 0; m++) {
                share((PanelMatrix) product.weights().get(m), product.outs().get(m), input, work);
            }
        }
        // a group is one part: threads never write to one cache line
        pool.run(groups.size(), index -> prepare(groups.get(index)));
        pool.run(work.size(), index -> run(work.get(index)));
    }

    /**
     * Multiplies on the calling thread alone.
     *
     * @param memory of {@link #inputBytes}, not used by another thread meanwhile
     */
    void multiplyHere(Product product, MemorySegment memory) {
        Input input = input(product, memory, memory.asSlice(anyRounded(product) ? roundedBytes(product) : 0));
        for (int group = 0; group < input.groups(); group++) {
            prepare(new Group(input, group * input.group));
        }
        for (int m = 0; m < product.weights().size(); m++) {
            PanelMatrix matrix = (PanelMatrix) product.weights().get(m);
            for (PanelMatrix.Part part : matrix.parts()) {
                MemorySegment first = product.outs().get(m).asSlice(4L * part.firstRow());
                run(new Work(part, 0, part.panelCount(), first, matrix.rows(), input));
            }
        }
    }

    /** What the forms of a product's input take. */
    long inputBytes(Product product) {
        return (anyRounded(product) ? roundedBytes(product) : 0) + (anyFloat(product) ? floatBytes(product) : 0);
    }

    private static long roundedBytes(Product product) {
        return roundedBytes(product.tokens(), product.weights().getFirst().columns());
    }

    private static long floatBytes(Product product) {
        return floatBytes(product.tokens(), product.weights().getFirst().columns());
    }

    private void run(Work work) {
        Input input = work.input;
        boolean rounded = rounded(work.part);
        library.multiply(
                work.part.format().id(),
                work.part.panels(),
                work.first,
                work.last,
                PanelFormat.blocks(input.columns),
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

    private void share(PanelMatrix matrix, MemorySegment out, Input input, List<Work> work) {
        if (matrix.columns() != input.columns) {
            throw new IllegalArgumentException("matrices that share an input must have its columns, " + input.columns
                    + ", not " + matrix.columns());
        }
        StepCheck.floats("out", out, (long) input.tokens * matrix.rows());
        for (PanelMatrix.Part part : matrix.parts()) {
            int panels = part.panelCount();
            long bytes = part.format().panelBytes(input.columns);
            int most = (int) Math.max(1, PART_BYTES / bytes);
            int even = Math.ceilDiv(panels, parts(input.tokens) * pool.threads());
            int step = Math.max(1, Math.min(most, even));
            MemorySegment first = out.asSlice(4L * part.firstRow());
            for (int panel = 0; panel < panels; panel += step) {
                work.add(new Work(part, panel, Math.min(panels, panel + step), first, matrix.rows(), input));
            }
        }
    }

    /** Into how many parts a thread's share is cut: with many tokens a call costs little, and who ends first waits. */
    private static int parts(int tokens) {
        return tokens < 64 ? 4 : 64;
    }

    /** Finds room for all inputs. */
    private List<Input> inputs(List<Product> products) {
        long roundedBytes = 0;
        long floatBytes = 0;
        for (int i = 0; i < products.size(); i++) {
            Product product = products.get(i);
            roundedBytes += anyRounded(product) ? roundedBytes(product) : 0;
            floatBytes += anyFloat(product) ? floatBytes(product) : 0;
        }
        MemorySegment rounded = roundedBytes > 0 ? roundedInput.bytes(roundedBytes) : MemorySegment.NULL;
        MemorySegment floats = floatBytes > 0 ? floatInput.bytes(floatBytes) : MemorySegment.NULL;
        List<Input> inputs = new ArrayList<>(products.size());
        for (int i = 0; i < products.size(); i++) {
            Product product = products.get(i);
            inputs.add(input(product, rounded, floats));
            rounded = anyRounded(product) ? rounded.asSlice(roundedBytes(product)) : rounded;
            floats = anyFloat(product) ? floats.asSlice(floatBytes(product)) : floats;
        }
        return inputs;
    }

    /** Its forms at the beginning of these. */
    private Input input(Product product, MemorySegment rounded, MemorySegment floats) {
        int columns = product.weights().getFirst().columns();
        StepCheck.floats("x", product.x(), (long) product.tokens() * columns);
        return new Input(
                product.x(),
                columns,
                product.tokens(),
                group(product.tokens()),
                anyRounded(product) ? rounded : MemorySegment.NULL,
                anyFloat(product) ? floats : MemorySegment.NULL);
    }

    private void prepare(Group group) {
        Input input = group.input;
        int last = Math.min(input.tokens, group.first + input.group);
        if (!input.rounded.equals(MemorySegment.NULL)) {
            library.quantize(input.x, input.columns, group.first, last, input.tokens, input.group, input.rounded);
        }
        if (!input.floats.equals(MemorySegment.NULL)) {
            library.regroup(input.x, input.columns, group.first, last, input.group, input.floats);
        }
    }

    private boolean anyRounded(Product product) {
        return any(product, true);
    }

    private boolean anyFloat(Product product) {
        return any(product, false);
    }

    private boolean any(Product product, boolean rounded) {
        List<Matrix> weights = product.weights();
        for (int i = 0; i < weights.size(); i++) {
            for (PanelMatrix.Part part : ((PanelMatrix) weights.get(i)).parts()) {
                if (rounded(part) == rounded) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int group(int tokens) {
        return Math.min(LARGEST_GROUP, Integer.highestOneBit(Math.max(1, 2 * tokens - 1)));
    }

    private static long slots(int tokens, int columns) {
        int group = group(tokens);
        return (long) Math.ceilDiv(tokens, group) * group * PanelFormat.blocks(columns);
    }

    /** As matrix.h has it: twice quanta, a scale and two sums for each block, then a mask for each group's block. */
    private static long roundedBytes(int tokens, int columns) {
        long slots = slots(tokens, columns);
        return toLine(2 * (32 + 12) * slots + 2 * slots / group(tokens));
    }

    private static long floatBytes(int tokens, int columns) {
        return toLine(4L * PanelFormat.COLUMNS * slots(tokens, columns));
    }

    private static long toLine(long bytes) {
        return Math.ceilDiv(bytes, CACHE_LINE) * CACHE_LINE;
    }

    @Override
    public void close() {
        roundedInput.close();
        floatInput.close();
    }
}
