package dev.millrace.kernels.quant;

import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/** Widens rows of one type and length to float32, exactly as ggml does. Not for use by two threads at once. */
public final class RowWidener {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final TensorType type;
    private final int columns;
    private final long rowBytes;
    private final Optional<QuantizedRow> quantized;

    /** @param columns a multiple of the type's block */
    public RowWidener(TensorType type, int columns) {
        this.type = type;
        this.columns = columns;
        this.rowBytes = type.bytes(columns);
        this.quantized = BlockFormat.exists(type) ? Optional.of(new QuantizedRow(type, columns)) : Optional.empty();
    }

    /** All elements of a tensor, row after row; for small ones such as norms and biases. */
    public static float[] widen(Tensor tensor) {
        int columns = Math.toIntExact(tensor.columns());
        float[] result = new float[Math.toIntExact(tensor.elements())];
        if (result.length > 0) {
            RowWidener widener = new RowWidener(tensor.type(), columns);
            for (int row = 0; row < tensor.rows(); row++) {
                widener.widen(tensor.data(), row, result, row * columns);
            }
        }
        return result;
    }

    /**
     * Widens one row.
     *
     * @param data rows of this type and length, one after the other
     * @param out receives {@code columns} elements from {@code outOffset} on
     */
    public void widen(MemorySegment data, long row, float[] out, int outOffset) {
        long start = row * rowBytes;
        switch (type) {
            case F32 -> MemorySegment.copy(data, FLOAT, start, out, outOffset, columns);
            case F16 -> {
                for (int i = 0; i < columns; i++) {
                    out[outOffset + i] = Float.float16ToFloat(data.get(SHORT, start + 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < columns; i++) {
                    out[outOffset + i] = Bfloat16.widen(data.get(SHORT, start + 2L * i));
                }
            }
            default -> {
                QuantizedRow blocks = quantized.orElseThrow();
                blocks.read(data, start);
                blocks.widen(out, outOffset);
            }
        }
    }
}
