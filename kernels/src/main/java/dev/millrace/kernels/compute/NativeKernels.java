package dev.millrace.kernels.compute;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.weights.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The kernels of src/main/c, called through the Foreign Function and Memory API; threads are ours. */
final class NativeKernels implements Kernels {
    /** Below so many elements a second thread costs more than it saves. */
    private static final int PART_ELEMENTS = 1 << 14;

    private final NativeLibrary library;
    private final WorkerPool pool;
    private final KernelOptions options;
    private final NativeProduct product;
    private final NativeAttention attention;
    private final NativeLayerEnd layerEnd;
    private final NativeScratch batchMemory = new NativeScratch();

    private NativeKernels(NativeLibrary library, KernelOptions options) {
        this.library = library;
        this.options = options;
        this.pool = new WorkerPool(options.threads());
        this.product = new NativeProduct(library, pool, options.activations());
        this.attention = new NativeAttention(library, pool);
        this.layerEnd = new NativeLayerEnd(library, pool, product);
    }

    static NativeKernels open(KernelOptions options) throws NativeUnavailableException {
        return new NativeKernels(NativeLibrary.open(), options);
    }

    @Override
    public String name() {
        return "native";
    }

    @Override
    public String description() {
        return "native: C (" + library.instructions() + "), "
                + (options.activations() == Activations.INT8 ? "8-bit" : "float32") + " activations, "
                + options.threads() + " threads";
    }

    @Override
    public Matrix pack(List<Tensor> tensors, Arena arena) {
        return PanelMatrix.of(tensors, arena, pool, this::pack);
    }

    private void pack(Tensor tensor, PanelFormat format, int first, int last, MemorySegment panels) {
        int columns = (int) tensor.columns();
        library.pack(
                format.id(),
                tensor.data(),
                tensor.type().bytes(columns),
                columns,
                (int) tensor.rows(),
                first,
                last,
                panels);
    }

    @Override
    public void gather(Matrix matrix, int[] rows, int count, MemorySegment out) {
        PanelMatrix weights = (PanelMatrix) matrix;
        int columns = weights.columns();
        StepCheck.floats("out", out, (long) count * columns);
        for (int i = 0; i < count; i++) {
            PanelMatrix.Part part = weights.partOf(rows[i]);
            library.gather(
                    part.format().id(),
                    part.panels(),
                    PanelFormat.blocks(columns),
                    columns,
                    rows[i] - part.firstRow(),
                    out.asSlice(4L * i * columns));
        }
    }

    @Override
    public void multiply(MemorySegment x, int tokens, List<Matrix> weights, List<MemorySegment> outs) {
        product.multiplyAll(List.of(new Product(x, tokens, weights, outs)));
    }

    @Override
    public void multiplyAll(List<Product> products) {
        product.multiplyAll(products);
    }

    @Override
    public void rmsNorm(MemorySegment x, int rows, int width, MemorySegment weight, float epsilon, MemorySegment out) {
        StepCheck.floats("x", x, (long) rows * width);
        StepCheck.floats("weight", weight, width);
        StepCheck.floats("out", out, (long) rows * width);
        forRows(rows, width, (first, last) -> library.rmsNorm(x, first, last, width, weight, epsilon, out));
    }

    @Override
    public void rotate(MemorySegment x, int heads, int headSize, TokenBatch batch, Rotary rotary) {
        StepCheck.rotation(headSize, batch, rotary);
        StepCheck.floats("x", x, (long) batch.tokens() * heads * headSize);
        StepCheck.floats("cosines", rotary.cosines(), (long) rotary.positions() * rotary.rotated() / 2);
        StepCheck.floats("sines", rotary.sines(), (long) rotary.positions() * rotary.rotated() / 2);
        MemorySegment positions = batchMemory.bytes(4L * batch.tokens());
        MemorySegment.copy(batch.position(), 0, positions, JAVA_INT, 0, batch.tokens());
        forRows(
                batch.tokens(),
                heads * headSize,
                (first, last) -> library.rotate(x, first, last, heads, headSize, positions, rotary));
    }

    @Override
    public void store(MemorySegment keys, MemorySegment values, TokenBatch batch, KvBlocks cache) {
        StepCheck.blocks(batch, cache);
        int width = cache.kvHeads() * cache.headSize();
        StepCheck.floats("keys", keys, (long) batch.tokens() * width);
        StepCheck.floats("values", values, (long) batch.tokens() * width);
        NativeBatch natives = NativeBatch.of(batch, batchMemory);
        forRows(batch.tokens(), width, (first, last) -> library.store(keys, values, first, last, natives, cache));
    }

    @Override
    public void attend(
            Attention attention, MemorySegment queries, TokenBatch batch, KvBlocks cache, MemorySegment out) {
        StepCheck.attention(attention, batch, cache);
        int width = attention.heads() * attention.headSize();
        StepCheck.floats("queries", queries, (long) batch.tokens() * width);
        StepCheck.floats("out", out, (long) batch.tokens() * width);
        this.attention.attend(attention, queries, NativeBatch.of(batch, batchMemory), batch, cache, out);
    }

    @Override
    public boolean afterAttention(
            MemorySegment attended, Output output, FeedForward network, MemorySegment x, int tokens) {
        return layerEnd.add(attended, output, network, x, tokens);
    }

    @Override
    public void gate(Gate activation, MemorySegment gate, MemorySegment up, long elements) {
        StepCheck.floats("gate", gate, elements);
        StepCheck.floats("up", up, elements);
        forElements(elements, (first, last) -> library.gate(activation, gate, up, first, last));
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long elements) {
        StepCheck.floats("x", x, elements);
        StepCheck.floats("y", y, elements);
        forElements(elements, (first, last) -> library.add(x, y, first, last));
    }

    @Override
    public void addBias(MemorySegment x, int rows, int width, MemorySegment bias) {
        StepCheck.floats("x", x, (long) rows * width);
        StepCheck.floats("bias", bias, width);
        forRows(rows, width, (first, last) -> library.addBias(x, first, last, width, bias));
    }

    @Override
    public void scale(MemorySegment x, long elements, float factor) {
        StepCheck.floats("x", x, elements);
        forElements(elements, (first, last) -> library.scale(x, first, last, factor));
    }

    @Override
    public void close() {
        pool.close();
        product.close();
        batchMemory.close();
        attention.close();
        layerEnd.close();
    }

    private interface Rows {
        void run(int first, int last);
    }

    private interface Elements {
        void run(long first, long last);
    }

    private void forRows(int rows, int width, Rows task) {
        int partRows = Math.max(1, PART_ELEMENTS / width);
        pool.run(
                Math.ceilDiv(rows, partRows), part -> task.run(part * partRows, Math.min(rows, (part + 1) * partRows)));
    }

    private void forElements(long elements, Elements task) {
        pool.run(
                Math.toIntExact(Math.ceilDiv(elements, PART_ELEMENTS)),
                part -> task.run((long) part * PART_ELEMENTS, Math.min(elements, (part + 1L) * PART_ELEMENTS)));
    }
}
