package dev.millrace.kernels.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.kernels.quant.Bfloat16;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What quantized keys and values lose, against the definition in double precision, and what they take. */
final class QuantizedHeadTest {
    private static final int[] SIZES = {1, 7, 20, 64, 80, 96, 128, 256, 512};

    @ParameterizedTest
    @EnumSource(
            value = KvType.class,
            names = {"INT8", "INT4"})
    void each_rotated_element_comes_back_within_half_a_step(KvType type) {
        Random random = new Random(11);
        for (int size : SIZES) {
            for (int round = 0; round < 50; round++) {
                float[] head = random(random, size);
                double[] rotated = rotated(head);
                double highest = 0;
                for (double x : rotated) {
                    highest = Math.max(highest, Math.abs(x));
                }
                // a scale is rounded up to 8 bits
                double step = highest / (type == KvType.INT8 ? 127 : 8) * (1 + 1.0 / 128);
                double[] kept = rotated(roundTrip(type, head));
                for (int i = 0; i < size; i++) {
                    assertThat(kept[i])
                            .as("%s of %s elements, element %s", type, size, i)
                            .isCloseTo(rotated[i], within(step * 0.5001 + 1e-6));
                }
            }
        }
    }

    @Test
    void one_large_element_takes_little_from_the_others() {
        Random random = new Random(12);
        float[] head = random(random, 128);
        head[37] = 100;
        float[] kept = roundTrip(KvType.INT8, head);
        double squares = 0;
        for (int i = 0; i < head.length; i++) {
            squares += (kept[i] - head[i]) * (double) (kept[i] - head[i]);
        }
        // unrotated, the scale alone would be 0.79: an error of 0.23
        assertThat(Math.sqrt(squares / head.length)).isLessThan(0.04);
    }

    @ParameterizedTest
    @EnumSource(
            value = KvType.class,
            names = {"INT8", "INT4"})
    void zeros_and_next_to_nothing_come_back_as_zeros(KvType type) {
        assertThat(roundTrip(type, new float[64])).containsOnly(0);
        float[] little = new float[64];
        little[3] = 1e-35f;
        assertThat(roundTrip(type, little)).containsOnly(0);
    }

    @Test
    void eight_bits_take_half_and_four_a_quarter_of_sixteen_and_a_scale_for_each_head() {
        for (int size : new int[] {64, 128, 256}) {
            long half = KvBlocks.bytes(KvType.F16, 10, 16, 3, size);
            long scales = 10L * 16 * 3 * 2;
            assertThat(KvBlocks.bytes(KvType.INT8, 10, 16, 3, size)).isEqualTo(half / 2 + scales);
            assertThat(KvBlocks.bytes(KvType.INT4, 10, 16, 3, size)).isEqualTo(half / 4 + scales);
        }
    }

    @Test
    void heads_whose_sums_would_not_be_exact_are_refused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(KvBlocks.bytes(KvType.INT8, 1, 16, 1, 528));
            assertThatThrownBy(() -> new KvBlocks(KvType.INT8, 1, 16, 1, 528, data, data))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at most 512 elements, were given 528");
        }
    }

    /** What comes back of a head. */
    static float[] roundTrip(KvType type, float[] head) {
        float[] kept = head.clone();
        QuantizedHead quantized = new QuantizedHead(type, head.length);
        quantized.quantize(kept);
        for (int i = 0; i < kept.length; i++) {
            kept[i] = Bfloat16.widen(quantized.scale())
                    * QuantizedHead.widen(type, quantized.quanta()[i] & 0xff);
        }
        QuantizedHead.rotate(kept);
        return kept;
    }

    private static float[] random(Random random, int size) {
        float[] head = new float[size];
        for (int i = 0; i < size; i++) {
            head[i] = (float) random.nextGaussian();
        }
        return head;
    }

    /** With the Hadamard matrix by its definition: element (i, j) is negative where i and j share an odd number of bits. */
    private static double[] rotated(float[] head) {
        int together = Integer.lowestOneBit(head.length);
        double[] result = new double[head.length];
        for (int i = 0; i < head.length; i++) {
            int start = i / together * together;
            for (int j = 0; j < together; j++) {
                int sign = Integer.bitCount(i - start & j) % 2 == 0 ? 1 : -1;
                result[i] += sign * (double) head[start + j];
            }
        }
        return result;
    }
}
