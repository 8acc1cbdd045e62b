package dev.millrace.kernels.compute;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** What stands between the products of a layer, for a model of width 1536 with 12 heads and a feed-forward of 8960. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"})
public class ElementwiseBenchmark {
    private static final int WIDTH = 1536;
    private static final int HEADS = 12;
    private static final int HEAD_SIZE = 128;
    private static final int FFN_WIDTH = 8960;
    private static final int POSITIONS = 2048;

    @Param({"native", "vector"})
    public String provider = "native";

    @Param({"1", "16", "256"})
    public int tokens = 1;

    private final Arena arena = Arena.ofAuto();
    private MemorySegment x = MemorySegment.NULL;
    private MemorySegment y = MemorySegment.NULL;
    private MemorySegment weight = MemorySegment.NULL;
    private MemorySegment out = MemorySegment.NULL;
    private MemorySegment gate = MemorySegment.NULL;
    private MemorySegment up = MemorySegment.NULL;
    private MemorySegment row = MemorySegment.NULL;
    private Optional<Kernels> kernels = Optional.empty();
    private Optional<Matrix> thinMatrix = Optional.empty();
    private Optional<Rotary> rotary = Optional.empty();
    private TokenBatch batch = new TokenBatch(0, new int[0], new int[0], new int[0][]);

    @Setup
    public void fill() {
        Kernels chosen = Machine.kernels(provider, Activations.INT8);
        kernels = Optional.of(chosen);
        RandomInputs random = new RandomInputs(arena, 1);
        long elements = (long) tokens * WIDTH;
        x = random.floats(elements);
        y = random.floats(elements);
        weight = random.floats(WIDTH);
        out = random.zeros(elements);
        gate = random.floats((long) tokens * FFN_WIDTH);
        up = random.floats((long) tokens * FFN_WIDTH);
        row = random.zeros(16L * tokens);
        thinMatrix = Optional.of(chosen.pack(List.of(random.tensor(TensorType.Q8_0, 16, WIDTH)), arena));
        MemorySegment angles = random.floats((long) POSITIONS * HEAD_SIZE / 2);
        rotary = Optional.of(new Rotary(Rotary.Layout.HALVES, HEAD_SIZE, POSITIONS, angles, angles));
        batch = new TokenBatch(
                tokens, new int[tokens], IntStream.range(0, tokens).toArray(), new int[][] {{}});
    }

    @Benchmark
    public MemorySegment rmsNorm() {
        kernels.orElseThrow().rmsNorm(x, tokens, WIDTH, weight, 1e-6f, out);
        return out;
    }

    @Benchmark
    public MemorySegment rotate() {
        kernels.orElseThrow().rotate(x, HEADS, HEAD_SIZE, batch, rotary.orElseThrow());
        return x;
    }

    @Benchmark
    public MemorySegment gateSilu() {
        kernels.orElseThrow().gate(Gate.SILU, gate, up, (long) tokens * FFN_WIDTH);
        return gate;
    }

    @Benchmark
    public MemorySegment gateGelu() {
        kernels.orElseThrow().gate(Gate.GELU_TANH, gate, up, (long) tokens * FFN_WIDTH);
        return gate;
    }

    /** The product with a single panel: nearly all of it is bringing the input into 8 bits. */
    @Benchmark
    public MemorySegment quantize() {
        kernels.orElseThrow().multiply(x, tokens, List.of(thinMatrix.orElseThrow()), List.of(row));
        return row;
    }

    @Benchmark
    public MemorySegment add() {
        kernels.orElseThrow().add(out, y, (long) tokens * WIDTH);
        return out;
    }

    @Benchmark
    public MemorySegment addBias() {
        kernels.orElseThrow().addBias(out, tokens, WIDTH, weight);
        return out;
    }

    @TearDown
    public void close() {
        kernels.orElseThrow().close();
    }
}
