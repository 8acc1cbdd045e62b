package dev.millrace.kernels.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RowWidenerTest {
    /** The golden files hold the blocks, then what {@code gguf.dequantize} makes of them. */
    @ParameterizedTest
    @EnumSource(TensorType.class)
    void rows_widen_to_the_bits_of_the_reference(TensorType type) throws IOException {
        byte[] golden;
        try (InputStream in = RowWidenerTest.class.getResourceAsStream(type + ".bin")) {
            golden = Objects.requireNonNull(in).readAllBytes();
        }
        int elements = 0;
        while (type.bytes(elements) + 4L * elements < golden.length) {
            elements += type.blockElements();
        }
        byte[] raw = Arrays.copyOf(golden, (int) type.bytes(elements));
        float[] expected = new float[elements];
        ByteBuffer.wrap(golden, raw.length, 4 * elements)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(expected);
        for (long rows : new long[] {1, 2}) {
            Tensor tensor = new Tensor("t", type, List.of(rows, elements / rows), MemorySegment.ofArray(raw));
            assertThat(bits(RowWidener.widen(tensor))).isEqualTo(bits(expected));
        }
    }

    @Test
    void an_empty_tensor_widens_to_nothing() {
        assertThat(RowWidener.widen(new Tensor("t", TensorType.F32, List.of(0L), MemorySegment.ofArray(new byte[0]))))
                .isEmpty();
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
