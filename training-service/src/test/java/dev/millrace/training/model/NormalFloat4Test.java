package dev.millrace.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.SafetensorsFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rounds and opens as bitsandbytes does: see make_nf4_goldens.py. */
class NormalFloat4Test {
    private static final Path GOLDEN = Path.of("src/test/resources/goldens/nf4");

    private static MemorySegment segment(float[] values) {
        MemorySegment segment = Arena.ofAuto().allocate(4L * values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
        return segment;
    }

    private static float[] opened(NormalFloat4 matrix, int from, int to) {
        MemorySegment out = Arena.ofAuto().allocate(4L * (to - from) * matrix.columns());
        matrix.widen(from, to, out);
        return out.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Test
    void quanta_and_scales_are_those_of_bitsandbytes() throws IOException {
        JsonNode packed =
                JsonMapper.shared().readTree(GOLDEN.resolve("packed.json").toFile());
        try (SafetensorsFile file = SafetensorsFile.open(GOLDEN.resolve("matrix.safetensors"))) {
            float[] values = RowWidener.widen(file.tensor("values"));
            NormalFloat4 matrix = NormalFloat4.of(segment(values), 20, 832);
            assertThat(matrix.quanta()).isEqualTo(hex(packed, "quanta"));
            assertThat(matrix.scaleQuanta()).isEqualTo(hex(packed, "scales"));
            assertThat(opened(matrix, 0, 20)).containsExactly(RowWidener.widen(file.tensor("opened")), within(1e-6f));
        }
    }

    private static byte[] hex(JsonNode node, String name) {
        return HexFormat.of().parseHex(node.get(name).asString());
    }

    @Test
    void scales_are_rounded_to_the_values_of_bitsandbytes() {
        JsonNode expected = JsonMapper.shared()
                .readTree(GOLDEN.resolve("packed.json").toFile())
                .get("scale_values");
        float[] values = NormalFloat4.dynamicValues();
        assertThat(values).hasSize(expected.size());
        for (int i = 0; i < values.length; i++) {
            double value = expected.get(i).asDouble();
            assertThat((double) values[i]).isCloseTo(value, within(1e-6 * Math.abs(value)));
        }
    }

    @Test
    void rows_that_are_no_whole_blocks_are_opened_one_by_one_as_all_together() {
        SplittableRandom random = new SplittableRandom(5);
        int columns = 37;
        float[] values = new float[11 * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        NormalFloat4 matrix = NormalFloat4.of(segment(values), 11, columns);
        float[] whole = opened(matrix, 0, 11);
        for (int row = 0; row < 11; row++) {
            assertThat(opened(matrix, row, row + 1))
                    .isEqualTo(java.util.Arrays.copyOfRange(whole, row * columns, (row + 1) * columns));
        }
    }

    @Test
    void normal_weights_lose_less_than_in_any_symmetric_four_bits() {
        java.util.Random random = new java.util.Random(6);
        float[] values = new float[256 * 1024];
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
            squares += values[i] * values[i];
        }
        float[] opened = opened(NormalFloat4.of(segment(values), 256, 1024), 0, 256);
        double lost = 0;
        for (int i = 0; i < values.length; i++) {
            lost += Math.pow(values[i] - opened[i], 2);
        }
        assertThat(lost / squares).isCloseTo(0.00844, within(0.0001));
    }

    @Test
    void a_matrix_of_zeros_stays_one() {
        assertThat(opened(NormalFloat4.of(segment(new float[128]), 2, 64), 0, 2))
                .containsOnly(0);
    }
}
