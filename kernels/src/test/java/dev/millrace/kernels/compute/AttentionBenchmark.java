package dev.millrace.kernels.compute;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

/**
 * One layer's attention, in the shapes that steps have: a chunk of a prompt after {@code context} tokens of it, or one
 * token of each of several sequences of that length. Multiply-adds a call are about 2 * heads * headSize * tokens *
 * positions that each sees.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"})
public class AttentionBenchmark {
    private static final int BLOCK_TOKENS = 16;
    private static final int CHUNK = 256;

    /** What a step computes. */
    public enum Phase {
        PREFILL,
        DECODE_1,
        DECODE_16;

        int sequences() {
            return this == DECODE_16 ? 16 : 1;
        }

        int tokensEach() {
            return this == PREFILL ? CHUNK : 1;
        }
    }

    /** Heads of real models. */
    public enum Heads {
        SMOLLM2_135M,
        QWEN2_1_5B,
        GEMMA3_270M_LOCAL;

        Attention shape() {
            return switch (this) {
                case SMOLLM2_135M -> new Attention(9, 3, 64, 0.125f, 0);
                case QWEN2_1_5B -> new Attention(12, 2, 128, 0.0884f, 0);
                case GEMMA3_270M_LOCAL -> new Attention(4, 1, 256, 0.0625f, 512);
            };
        }
    }

    @Param({"native", "vector"})
    public String provider = "native";

    @Param({"PREFILL", "DECODE_1", "DECODE_16"})
    public Phase phase = Phase.PREFILL;

    @Param({"SMOLLM2_135M", "QWEN2_1_5B", "GEMMA3_270M_LOCAL"})
    public Heads heads = Heads.SMOLLM2_135M;

    @Param({"256", "2048"})
    public int context = 256;

    @Param({"F16", "F32", "INT8", "INT4"})
    public KvType kvType = KvType.BF16;

    private final Arena arena = Arena.ofAuto();
    private MemorySegment queries = MemorySegment.NULL;
    private MemorySegment keys = MemorySegment.NULL;
    private MemorySegment values = MemorySegment.NULL;
    private MemorySegment out = MemorySegment.NULL;
    private Optional<Kernels> kernels = Optional.empty();
    private Optional<KvBlocks> cache = Optional.empty();
    private TokenBatch batch = new TokenBatch(0, new int[0], new int[0], new int[0][]);

    @Setup
    public void fill() {
        Kernels chosen = Machine.kernels(provider, Activations.INT8);
        kernels = Optional.of(chosen);
        RandomInputs random = new RandomInputs(arena, 1);
        Attention shape = heads.shape();
        int sequences = phase.sequences();
        int each = phase.tokensEach();
        int blocksEach = Math.ceilDiv(context + each, BLOCK_TOKENS);
        int[][] tables = IntStream.range(0, sequences)
                .mapToObj(s ->
                        IntStream.range(s * blocksEach, (s + 1) * blocksEach).toArray())
                .toArray(int[][]::new);
        int blocks = sequences * blocksEach;
        long bytes = KvBlocks.bytes(kvType, blocks, BLOCK_TOKENS, shape.kvHeads(), shape.headSize());
        KvBlocks made = new KvBlocks(
                kvType,
                blocks,
                BLOCK_TOKENS,
                shape.kvHeads(),
                shape.headSize(),
                arena.allocate(bytes, 64),
                arena.allocate(bytes, 64));
        cache = Optional.of(made);
        int width = shape.kvHeads() * shape.headSize();
        for (int s = 0; s < sequences; s++) {
            int length = context + each;
            MemorySegment past = random.floats((long) length * width);
            int sequence = s;
            chosen.store(
                    past,
                    past,
                    new TokenBatch(
                            length,
                            IntStream.range(0, length).map(_ -> sequence).toArray(),
                            IntStream.range(0, length).toArray(),
                            tables),
                    made);
        }
        batch = new TokenBatch(
                sequences * each,
                IntStream.range(0, sequences * each).map(i -> i / each).toArray(),
                IntStream.range(0, sequences * each)
                        .map(i -> context + i % each)
                        .toArray(),
                tables);
        long queryElements = (long) sequences * each * shape.heads() * shape.headSize();
        queries = random.floats(queryElements);
        out = random.zeros(queryElements);
        keys = random.floats((long) sequences * each * width);
        values = random.floats((long) sequences * each * width);
    }

    @Benchmark
    public MemorySegment attend() {
        kernels.orElseThrow().attend(heads.shape(), queries, batch, cache.orElseThrow(), out);
        return out;
    }

    /** What comes before it: the step's own keys and values go to their blocks. */
    @Benchmark
    public KvBlocks store() {
        kernels.orElseThrow().store(keys, values, batch, cache.orElseThrow());
        return cache.orElseThrow();
    }

    @TearDown
    public void close() {
        kernels.orElseThrow().close();
    }
}
