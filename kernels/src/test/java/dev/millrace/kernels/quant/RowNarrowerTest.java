package dev.millrace.kernels.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.kernels.weights.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class RowNarrowerTest {
    private static final int ROWS = 16;
    private static final int COLUMNS = 64;

    /** The golden file holds the rows, then what {@code gguf.quantize} makes of them, type by type. */
    @Test
    void rows_round_to_the_bits_of_the_reference() throws IOException {
        byte[] golden;
        try (InputStream in = RowNarrowerTest.class.getResourceAsStream("narrowed.bin")) {
            golden = Objects.requireNonNull(in).readAllBytes();
        }
        float[] rows = new float[ROWS * COLUMNS];
        ByteBuffer.wrap(golden).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(rows);
        int at = 4 * rows.length;
        for (TensorType type : List.of(
                TensorType.F16,
                TensorType.BF16,
                TensorType.Q4_0,
                TensorType.Q4_1,
                TensorType.Q5_0,
                TensorType.Q5_1,
                TensorType.Q8_0)) {
            int bytes = (int) type.bytes(rows.length);
            assertThat(narrowed(type, rows)).as(type.name()).isEqualTo(Arrays.copyOfRange(golden, at, at + bytes));
            at += bytes;
        }
        assertThat(at).isEqualTo(golden.length);
    }

    private static byte[] narrowed(TensorType type, float[] rows) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(type.bytes(rows.length));
            RowNarrower narrower = new RowNarrower(type, COLUMNS);
            for (int row = 0; row < ROWS; row++) {
                narrower.narrow(rows, row * COLUMNS, out, row);
            }
            return out.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void a_type_that_cannot_be_written_is_named() {
        assertThatThrownBy(() -> new RowNarrower(TensorType.Q4_K, 256)).hasMessageContaining("rounded to Q4_K");
        assertThatThrownBy(() -> new RowNarrower(TensorType.Q8_0, 33)).hasMessageContaining("33");
    }
}
