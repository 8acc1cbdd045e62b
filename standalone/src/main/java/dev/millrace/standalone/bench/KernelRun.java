package dev.millrace.standalone.bench;

import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Matrix;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.SafetensorsFolder;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.WeightFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Times the products of a model's own matrices, in this process. */
public final class KernelRun {
    /** More than the caches hold, as a step's weights are: each call takes the next of many matrices. */
    private static final long ROTATED_BYTES = 96L << 20;
    /** Logits of that many tokens are the most that are ever wanted at once. */
    private static final int MOST_HEAD_TOKENS = 64;

    private final Kernels kernels;
    private final List<Integer> tokens;
    private final int repeats;
    private final long nanos;

    /**
     * @param kernels what multiplies; stays the caller's
     * @param tokens how many columns the other side has, one count after the other
     * @param repeats how often each product is timed; the median counts
     * @param millis how long each timing takes at least
     */
    public KernelRun(Kernels kernels, List<Integer> tokens, int repeats, int millis) {
        this.kernels = kernels;
        this.tokens = List.copyOf(tokens);
        this.repeats = repeats;
        this.nanos = millis * 1_000_000L;
    }

    /**
     * @param model a GGUF file or a Hugging Face folder
     * @throws IOException if it can't be read
     */
    public KernelFigures measure(Path model, Consumer<String> progress) throws IOException, InterruptedException {
        try (WeightFile file = Files.isDirectory(model) ? SafetensorsFolder.open(model) : GgufFile.open(model)) {
            List<Product> products = new ArrayList<>();
            long layers = 0;
            long head = 0;
            long bytes = 0;
            for (MatrixKind kind : MatrixKind.of(file.tensors().values())) {
                progress.accept("products of " + kind.type() + " " + kind.rows() + " x " + kind.columns() + " ("
                        + kind.role() + ")");
                List<Product> own = measure(kind);
                products.addAll(own);
                bytes += own.getFirst().bytes() * kind.tensors().size();
                if (kind.head()) {
                    head += kind.multiplyAdds();
                } else {
                    layers += kind.multiplyAdds();
                }
            }
            return new KernelFigures(new ModelCost(layers, head, bytes), products);
        }
    }

    private List<Product> measure(MatrixKind kind) throws InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            List<Matrix> matrices = pack(kind, arena);
            List<Product> products = new ArrayList<>();
            for (int count : tokens) {
                if (!kind.head() || count <= MOST_HEAD_TOKENS) {
                    Spread micros = time(matrices, kind, count, arena);
                    products.add(new Product(
                            kind.role(),
                            kind.type(),
                            kind.rows(),
                            kind.columns(),
                            kind.tensors().size(),
                            matrices.getFirst().bytes(),
                            count,
                            micros));
                }
            }
            return products;
        }
    }

    private List<Matrix> pack(MatrixKind kind, Arena arena) {
        List<Matrix> matrices = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; bytes < ROTATED_BYTES; i++) {
            Tensor tensor = kind.tensors().get(i % kind.tensors().size());
            matrices.add(kernels.pack(List.of(tensor), arena));
            bytes += Math.max(1 << 14, matrices.getLast().bytes());
        }
        return matrices;
    }

    private Spread time(List<Matrix> matrices, MatrixKind kind, int count, Arena arena) throws InterruptedException {
        MemorySegment x = input((long) count * kind.columns(), arena);
        MemorySegment out = arena.allocate(4L * count * kind.rows(), 64);
        int at = 0;
        List<Double> micros = new ArrayList<>();
        // the first one warms up: memory is touched, what is Java is compiled
        for (int repeat = 0; repeat <= repeats; repeat++) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            int calls = 0;
            long begin = System.nanoTime();
            long spent = 0;
            while (spent < nanos || calls < 2) {
                kernels.multiply(x, count, List.of(matrices.get(at)), List.of(out));
                at = (at + 1) % matrices.size();
                calls++;
                spent = System.nanoTime() - begin;
            }
            if (repeat > 0) {
                micros.add(spent / 1e3 / calls);
            }
        }
        return Spread.of(micros);
    }

    private static MemorySegment input(long elements, Arena arena) {
        SplittableRandom random = new SplittableRandom(elements);
        MemorySegment x = arena.allocate(4 * elements, 64);
        for (long i = 0; i < elements; i++) {
            x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
        }
        return x;
    }
}
