package dev.millrace.standalone.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.kernels.compute.KernelOptions.Activations;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.standalone.TestModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Speed is not bought with quality. {@link PerplexityBenchmark} measures the same on ten times as much text. */
class PerplexityTest {
    private static final int WINDOWS = 4;

    @TempDir
    Path folder;

    @Test
    void a_served_model_predicts_as_well_as_exact_arithmetic_does() throws IOException {
        Path path = TestModels.path("smollm2-135m");
        VariedText text = VariedText.of(VariedText.builtIn(), path, WINDOWS, folder);
        assertThat(text.windows()).isEqualTo(WINDOWS);
        try (TwoReadings readings = TwoReadings.load(path, Optional.empty(), Activations.INT8, KvType.BF16)) {
            Quality quality = readings.compare(text);
            System.out.println(quality);
            assertThat(quality.tokens()).isEqualTo(WINDOWS * (VariedText.WINDOW / 2 - 1));
            assertThat(quality.ratio()).isCloseTo(1, Offset.offset(0.003));
            assertThat(quality.meanDivergence()).isBetween(0.0, 0.004);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // how keys and values are kept, and the most that it alone may change: mean divergence in nats
        "F16, 0.00001",
        "BF16, 0.0002",
        "INT8, 0.0005",
        "INT4, 0.06",
    })
    void keys_and_values_of_fewer_bits_cost_no_more_than_is_said_of_them(KvType kvType, double mostDivergence)
            throws IOException {
        Path path = TestModels.path("smollm2-135m");
        VariedText text = VariedText.of(VariedText.builtIn(), path, 1, folder);
        // what 8-bit activations lose would hide the rest
        try (TwoReadings readings = TwoReadings.load(path, Optional.empty(), Activations.FLOAT32, kvType)) {
            Quality quality = readings.compare(text);
            System.out.println(kvType + ": " + quality);
            assertThat(quality.meanDivergence()).isBetween(1e-12, mostDivergence);
        }
    }
}
