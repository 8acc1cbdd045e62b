package dev.millrace.kernels.compute;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Products of a matrix of 1536 rows and columns. Each call takes the next of many copies, so that one token's weights
 * come from memory as they do in a model: multiply-adds a call are 1536 * 1536 * tokens.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"})
public class MatrixBenchmark {
    private static final int SIZE = 1536;
    private static final int COPIES = 80;

    @Param({"native", "vector"})
    public String provider = "native";

    @Param({"INT8", "FLOAT32"})
    public Activations activations = Activations.INT8;

    @Param({"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "F16", "BF16", "F32"})
    public TensorType type = TensorType.Q4_1;

    @Param({"1", "8", "32", "128", "512"})
    public int tokens = 1;

    private final Arena arena = Arena.ofAuto();
    private final List<Matrix> copies = new ArrayList<>();
    private MemorySegment x = MemorySegment.NULL;
    private MemorySegment out = MemorySegment.NULL;
    private Optional<Kernels> kernels = Optional.empty();
    private int next;

    @Setup
    public void pack() {
        Kernels chosen = Machine.kernels(provider, activations);
        RandomInputs random = new RandomInputs(arena, 1);
        Tensor tensor = random.tensor(type, SIZE, SIZE);
        for (int i = 0; i < COPIES; i++) {
            copies.add(chosen.pack(List.of(tensor), arena));
        }
        x = random.floats((long) tokens * SIZE);
        out = random.zeros((long) tokens * SIZE);
        kernels = Optional.of(chosen);
    }

    @Benchmark
    public MemorySegment multiply() {
        next = (next + 1) % COPIES;
        kernels.orElseThrow().multiply(x, tokens, List.of(copies.get(next)), List.of(out));
        return out;
    }

    @TearDown
    public void close() {
        kernels.orElseThrow().close();
    }
}
