package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.Kernels.FeedForward;
import dev.millrace.kernels.compute.Kernels.Output;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A layer from its attention on as a whole against the calls that it is made of. */
final class LayerEndTest {
    private static final int WIDTH = 256;
    private static final int INNER = 512;
    private static final int ATTENDED = 192;

    record Case(Activations activations, TensorType gate, TensorType up, TensorType down, Gate activation) {}

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Activations activations : Activations.values()) {
            cases.add(new Case(activations, TensorType.Q4_1, TensorType.Q4_1, TensorType.Q4_1, Gate.SILU));
            cases.add(new Case(activations, TensorType.Q4_K, TensorType.F16, TensorType.Q6_K, Gate.GELU_TANH));
            cases.add(new Case(activations, TensorType.F32, TensorType.BF16, TensorType.F32, Gate.SILU));
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void many_tokens_get_the_bits_that_the_calls_give(Case c) {
        try (Kernels kernels = open(c.activations);
                Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            for (boolean postNorm : new boolean[] {false, true}) {
                FeedForward network = network(kernels, random, arena, c, postNorm);
                Output output = output(kernels, random, arena, postNorm);
                for (int tokens : new int[] {64, 71, 257}) {
                    MemorySegment x = random.floats((long) tokens * WIDTH);
                    MemorySegment attended = random.floats((long) tokens * ATTENDED);
                    MemorySegment expected = byCalls(kernels, random, attended, output, network, x, tokens);
                    assertThat(kernels.afterAttention(attended, output, network, x, tokens))
                            .isTrue();
                    assertThat(bits(x)).as("%s of %s tokens", c, tokens).isEqualTo(bits(expected));
                }
            }
        }
    }

    @Test
    void few_tokens_and_large_networks_are_left_to_the_calls() {
        try (Kernels kernels = open(Activations.INT8);
                Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            Case c = new Case(Activations.INT8, TensorType.Q4_1, TensorType.Q4_1, TensorType.Q4_1, Gate.SILU);
            FeedForward network = network(kernels, random, arena, c, false);
            Output output = output(kernels, random, arena, false);
            MemorySegment attended = random.floats(512L * ATTENDED);
            MemorySegment x = random.floats(63L * WIDTH);
            int[] before = bits(x);
            assertThat(kernels.afterAttention(attended, output, network, x, 63)).isFalse();
            assertThat(bits(x)).isEqualTo(before);
            List<Matrix> large = List.of(
                    kernels.pack(List.of(random.tensor(TensorType.F32, 6_000, WIDTH)), arena),
                    network.gateUp().getLast());
            MemorySegment many = random.floats(512L * WIDTH);
            before = bits(many);
            assertThat(kernels.afterAttention(
                            attended,
                            output,
                            new FeedForward(network.norm(), 1e-6f, large, Gate.SILU, network.down(), Optional.empty()),
                            many,
                            512))
                    .isFalse();
            assertThat(bits(many)).isEqualTo(before);
        }
    }

    private static Kernels open(Activations activations) {
        return Providers.choose(new KernelOptions(Optional.of("native"), 2, activations))
                .kernels();
    }

    private static FeedForward network(Kernels kernels, RandomInputs random, Arena arena, Case c, boolean postNorm) {
        return new FeedForward(
                random.floats(WIDTH),
                1e-6f,
                List.of(
                        kernels.pack(List.of(random.tensor(c.gate, INNER, WIDTH)), arena),
                        kernels.pack(List.of(random.tensor(c.up, INNER, WIDTH)), arena)),
                c.activation,
                List.of(kernels.pack(List.of(random.tensor(c.down, WIDTH, INNER)), arena)),
                postNorm ? Optional.of(random.floats(WIDTH)) : Optional.empty());
    }

    private static Output output(Kernels kernels, RandomInputs random, Arena arena, boolean more) {
        return new Output(
                List.of(kernels.pack(List.of(random.tensor(TensorType.Q5_0, WIDTH, ATTENDED)), arena)),
                more ? Optional.of(random.floats(WIDTH)) : Optional.empty(),
                more ? Optional.of(random.floats(WIDTH)) : Optional.empty());
    }

    private static MemorySegment byCalls(
            Kernels kernels,
            RandomInputs random,
            MemorySegment attended,
            Output output,
            FeedForward network,
            MemorySegment x,
            int tokens) {
        MemorySegment normed = random.zeros((long) tokens * WIDTH);
        MemorySegment gate = random.zeros((long) tokens * INNER);
        MemorySegment up = random.zeros((long) tokens * INNER);
        MemorySegment sum = random.zeros((long) tokens * WIDTH);
        MemorySegment.copy(x, 0, sum, 0, sum.byteSize());
        kernels.multiply(attended, tokens, output.weights(), List.of(normed));
        output.bias().ifPresent(bias -> kernels.addBias(normed, tokens, WIDTH, bias));
        norm(kernels, normed, tokens, output.postNorm());
        kernels.add(sum, normed, (long) tokens * WIDTH);
        kernels.rmsNorm(sum, tokens, WIDTH, network.norm(), network.epsilon(), normed);
        kernels.multiply(normed, tokens, network.gateUp(), List.of(gate, up));
        kernels.gate(network.activation(), gate, up, (long) tokens * INNER);
        kernels.multiply(gate, tokens, network.down(), List.of(normed));
        norm(kernels, normed, tokens, network.postNorm());
        kernels.add(sum, normed, (long) tokens * WIDTH);
        return sum;
    }

    private static void norm(Kernels kernels, MemorySegment rows, int tokens, Optional<MemorySegment> weight) {
        weight.ifPresent(by -> kernels.rmsNorm(rows, tokens, WIDTH, by, 1e-6f, rows));
    }

    private static int[] bits(MemorySegment floats) {
        return floats.toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }
}
