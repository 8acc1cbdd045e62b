package dev.millrace.inference.sample;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
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
import org.openjdk.jmh.annotations.Warmup;

/** Choosing one token, in the ways that requests ask for. Each call takes the next of several rows of logits. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector"})
public class SamplerBenchmark {
    private static final int ROWS = 32;

    /** What is asked for. */
    public enum Wish {
        GREEDY,
        TEMPERATURE,
        TOP_K_40,
        TOP_P_95,
        REPETITION_PENALTY,
        LOGPROBS_5;

        SamplingParameters parameters() {
            float temperature = this == GREEDY || this == LOGPROBS_5 ? 0 : 0.8f;
            return new SamplingParameters(
                    temperature,
                    this == TOP_K_40 ? 40 : 0,
                    this == TOP_P_95 ? 0.95f : 1,
                    0,
                    this == REPETITION_PENALTY ? 1.1f : 1,
                    0,
                    0,
                    Map.of(),
                    7,
                    this == LOGPROBS_5 ? OptionalInt.of(5) : OptionalInt.empty());
        }
    }

    @Param({"GREEDY", "TEMPERATURE", "TOP_K_40", "TOP_P_95", "REPETITION_PENALTY", "LOGPROBS_5"})
    public Wish wish = Wish.GREEDY;

    @Param({"49152", "151936", "262144"})
    public int vocabulary = 49152;

    private MemorySegment rows = MemorySegment.NULL;
    private Optional<Sampler> sampler = Optional.empty();
    private Optional<SamplingState> state = Optional.empty();
    private int next;

    @Setup
    public void fill() {
        Random random = new Random(1);
        rows = Row.memory(ROWS * vocabulary);
        for (long i = 0; i < (long) ROWS * vocabulary; i++) {
            rows.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian() * 3);
        }
        sampler = Optional.of(new Sampler(vocabulary));
        int[] prompt = random.ints(512, 0, vocabulary).toArray();
        state = Optional.of(new SamplingState(wish.parameters(), 0, Set.of(), prompt));
    }

    @Benchmark
    public Sampled sample() {
        next++;
        return sampler.orElseThrow().sample(rows, next % ROWS, state.orElseThrow(), next, true);
    }
}
