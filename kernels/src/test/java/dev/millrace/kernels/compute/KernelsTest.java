package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every provider promises, each held against plain arithmetic in double precision. */
final class KernelsTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    static Stream<KernelOptions> options() {
        List<KernelOptions> options = new ArrayList<>();
        for (String provider : ProviderNames.ALL) {
            for (Activations activations : Activations.values()) {
                options.add(new KernelOptions(Optional.of(provider), 2, activations));
            }
        }
        return options.stream();
    }

    @ParameterizedTest
    @MethodSource("options")
    void products_of_every_type_and_odd_sizes_agree_with_double_precision(KernelOptions options) {
        try (Kernels kernels = Providers.choose(options).kernels();
                Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            for (TensorType type : TensorType.values()) {
                int columns = type.blockElements() == 1 ? 75 : 3 * type.blockElements();
                for (int rows : new int[] {1, 16, 37}) {
                    for (int tokens : new int[] {1, 2, 7, 19, 64}) {
                        Tensor tensor = random.tensor(type, rows, columns);
                        MemorySegment x = random.floats((long) tokens * columns);
                        MemorySegment out = random.zeros((long) tokens * rows);
                        kernels.multiply(x, tokens, List.of(kernels.pack(List.of(tensor), arena)), List.of(out));
                        checkProduct(options, tensor, x, tokens, out);
                    }
                }
            }
        }
    }

    private static void checkProduct(
            KernelOptions options, Tensor tensor, MemorySegment x, int tokens, MemorySegment out) {
        int rows = (int) tensor.rows();
        int columns = (int) tensor.columns();
        float[] weights = RowWidener.widen(tensor);
        // half a step of an 8-bit block, where the provider may round activations to one
        boolean rounded =
                options.activations() == Activations.INT8 && tensor.type().blockElements() > 1;
        for (int token = 0; token < tokens; token++) {
            for (int row = 0; row < rows; row++) {
                double expected = 0;
                double magnitude = 0;
                double rounding = 0;
                for (int c = 0; c < columns; c++) {
                    double weight = weights[row * columns + c];
                    double product = weight * x.getAtIndex(FLOAT, (long) token * columns + c);
                    expected += product;
                    magnitude += Math.abs(product);
                    rounding += Math.abs(weight) * highest(x, (long) token * columns + c - c % 32, 32) / 254;
                }
                double tolerance = 2e-6 * magnitude + (rounded ? 1.01 * rounding : 0);
                assertThat((double) out.getAtIndex(FLOAT, (long) token * rows + row))
                        .as(
                                "%s of %s, %s rows, token %s of %s, row %s",
                                options, tensor.type(), rows, token, tokens, row)
                        .isCloseTo(expected, within(tolerance));
            }
        }
    }

    private static double highest(MemorySegment x, long from, int count) {
        double highest = 0;
        for (long i = from; i < Math.min(from + count, x.byteSize() / 4); i++) {
            highest = Math.max(highest, Math.abs(x.getAtIndex(FLOAT, i)));
        }
        return highest;
    }

    @ParameterizedTest
    @MethodSource("options")
    void several_matrices_and_stacked_tensors_multiply_as_each_alone(KernelOptions options) {
        try (Kernels kernels = Providers.choose(options).kernels();
                Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            int tokens = 5;
            int columns = 512;
            Tensor a = random.tensor(TensorType.Q4_1, 21, columns);
            Tensor b = random.tensor(TensorType.Q6_K, 16, columns);
            Tensor c = random.tensor(TensorType.F16, 3, columns);
            MemorySegment x = random.floats((long) tokens * columns);
            List<float[]> alone = new ArrayList<>();
            for (Tensor tensor : List.of(a, b, c)) {
                MemorySegment out = random.zeros(tokens * tensor.rows());
                kernels.multiply(x, tokens, List.of(kernels.pack(List.of(tensor), arena)), List.of(out));
                alone.add(floats(out));
            }
            Matrix stacked = kernels.pack(List.of(a, b, c), arena);
            assertThat(stacked.rows()).isEqualTo(40);
            assertThat(stacked.columns()).isEqualTo(columns);
            assertThat(stacked.bytes()).isPositive();
            MemorySegment all = random.zeros(tokens * 40L);
            MemorySegment again = random.zeros(tokens * 16L);
            kernels.multiply(x, tokens, List.of(stacked, kernels.pack(List.of(b), arena)), List.of(all, again));
            assertThat(floats(again)).isEqualTo(alone.get(1));
            for (int token = 0; token < tokens; token++) {
                for (int row = 0; row < 40; row++) {
                    float[] part = alone.get(row < 21 ? 0 : row < 37 ? 1 : 2);
                    int width = row < 21 ? 21 : row < 37 ? 16 : 3;
                    int at = row < 21 ? row : row < 37 ? row - 21 : row - 37;
                    assertThat(all.getAtIndex(FLOAT, token * 40L + row)).isEqualTo(part[token * width + at]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void a_row_of_a_product_is_the_same_in_any_company_and_with_any_number_of_threads(KernelOptions options) {
        try (Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            int columns = 1024;
            int rows = 100;
            int tokens = 64;
            for (TensorType type : TensorType.values()) {
                Tensor tensor = random.tensor(type, rows, columns);
                MemorySegment x = random.floats((long) tokens * columns);
                MemorySegment expected = random.zeros((long) tokens * rows);
                for (int threads = 1; threads <= 3; threads++) {
                    try (Kernels kernels = Providers.choose(
                                    new KernelOptions(options.provider(), threads, options.activations()))
                            .kernels()) {
                        Matrix matrix = kernels.pack(List.of(tensor), arena);
                        for (int chunk : new int[] {64, 1, 7, 13, 33}) {
                            MemorySegment out = random.zeros((long) tokens * rows);
                            for (int from = 0; from < tokens; from += chunk) {
                                int count = Math.min(chunk, tokens - from);
                                kernels.multiply(
                                        x.asSlice(4L * from * columns),
                                        count,
                                        List.of(matrix),
                                        List.of(out.asSlice(4L * from * rows)));
                            }
                            if (threads == 1 && chunk == 64) {
                                expected.copyFrom(out);
                            }
                            assertThat(out.mismatch(expected))
                                    .as("%s, %s, %s threads, chunks of %s", options, type, threads, chunk)
                                    .isEqualTo(-1);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void gathered_rows_are_widened_exactly(KernelOptions options) {
        try (Kernels kernels = Providers.choose(options).kernels();
                Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            for (TensorType type : TensorType.values()) {
                int columns = type.blockElements() == 1 ? 75 : 2 * type.blockElements();
                Tensor tensor = random.tensor(type, 53, columns);
                int[] rows = {52, 0, 17, 17, 31, 99};
                MemorySegment out = random.zeros(5L * columns);
                kernels.gather(kernels.pack(List.of(tensor), arena), rows, 5, out);
                float[] widened = RowWidener.widen(tensor);
                for (int i = 0; i < 5; i++) {
                    for (int c = 0; c < columns; c++) {
                        assertThat(out.getAtIndex(FLOAT, (long) i * columns + c))
                                .as("%s row %s column %s", type, rows[i], c)
                                .isEqualTo(widened[rows[i] * columns + c]);
                    }
                }
                assertThatThrownBy(() -> kernels.gather(kernels.pack(List.of(tensor), arena), new int[] {53}, 1, out))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("row is 53, expected 0 to 52");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void tensors_that_make_no_matrix_are_refused(KernelOptions options) {
        try (Kernels kernels = Providers.choose(options).kernels();
                Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            Tensor wide = random.tensor(TensorType.F32, 2, 64);
            Tensor narrow = random.tensor(TensorType.F32, 2, 32);
            assertThatThrownBy(() -> kernels.pack(List.of(wide, narrow), arena))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("64", "32");
            assertThatThrownBy(() -> kernels.pack(List.of(), arena)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void norms_agree_with_double_precision(KernelOptions options) {
        try (Kernels kernels = Providers.choose(options).kernels();
                Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            for (int width : new int[] {1, 16, 75, 576}) {
                for (int rows : new int[] {1, 130}) {
                    MemorySegment x = random.floats((long) rows * width);
                    MemorySegment weight = random.floats(width);
                    MemorySegment out = random.zeros((long) rows * width);
                    kernels.rmsNorm(x, rows, width, weight, 1e-5f, out);
                    for (int row = 0; row < rows; row++) {
                        double squares = 0;
                        for (int i = 0; i < width; i++) {
                            double value = x.getAtIndex(FLOAT, (long) row * width + i);
                            squares += value * value;
                        }
                        double root = Math.sqrt(squares / width + 1e-5f);
                        for (int i = 0; i < width; i++) {
                            close(
                                    out.getAtIndex(FLOAT, (long) row * width + i),
                                    x.getAtIndex(FLOAT, (long) row * width + i) / root * weight.getAtIndex(FLOAT, i),
                                    1e-6);
                        }
                    }
                    kernels.rmsNorm(x, rows, width, weight, 1e-5f, x);
                    assertThat(x.mismatch(out)).isEqualTo(-1);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void gates_agree_with_double_precision_to_the_ends_of_their_range(KernelOptions options) {
        try (Kernels kernels = Providers.choose(options).kernels();
                Arena arena = Arena.ofShared()) {
            int count = 20_011;
            for (Gate activation : Gate.values()) {
                MemorySegment gate = arena.allocate(4L * count, 64);
                MemorySegment up = arena.allocate(4L * count, 64);
                for (int i = 0; i < count; i++) {
                    gate.setAtIndex(FLOAT, i, (i - 10_000) / 80f);
                    up.setAtIndex(FLOAT, i, 1 + i % 3);
                }
                gate.setAtIndex(FLOAT, 0, -1e30f);
                gate.setAtIndex(FLOAT, 1, 1e30f);
                MemorySegment before = arena.allocate(4L * count, 64).copyFrom(gate);
                kernels.gate(activation, gate, up, count);
                for (int i = 0; i < count; i++) {
                    double x = before.getAtIndex(FLOAT, i);
                    double activated = activation == Gate.SILU
                            ? x / (1 + Math.exp(-x))
                            : 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
                    double expected = activated * up.getAtIndex(FLOAT, i);
                    assertThat((double) gate.getAtIndex(FLOAT, i))
                            .as("%s of %s", activation, x)
                            .isCloseTo(expected, within(2e-6 * Math.abs(expected) + 1e-6 * Math.min(1, Math.abs(x))));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void sums_biases_and_factors_are_exact(KernelOptions options) {
        try (Kernels kernels = Providers.choose(options).kernels();
                Arena arena = Arena.ofShared()) {
            RandomInputs random = new RandomInputs(arena);
            int rows = 700;
            int width = 101;
            MemorySegment x = random.floats((long) rows * width);
            MemorySegment y = random.floats((long) rows * width);
            MemorySegment bias = random.floats(width);
            float[] before = floats(x);
            kernels.add(x, y, (long) rows * width);
            kernels.addBias(x, rows, width, bias);
            kernels.scale(x, (long) rows * width, 0.3f);
            for (int i = 0; i < rows * width; i++) {
                float expected = (before[i] + y.getAtIndex(FLOAT, i) + bias.getAtIndex(FLOAT, i % width)) * 0.3f;
                assertThat(x.getAtIndex(FLOAT, i)).isEqualTo(expected);
            }
        }
    }

    private static float[] floats(MemorySegment segment) {
        return segment.toArray(FLOAT);
    }

    private static void close(float actual, double expected, double relative) {
        assertThat((double) actual).isCloseTo(expected, within(relative * Math.abs(expected) + 1e-30));
    }
}
