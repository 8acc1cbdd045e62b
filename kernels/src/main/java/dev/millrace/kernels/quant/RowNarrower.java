package dev.millrace.kernels.quant;

import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * Rounds rows of float32 to another type, exactly as ggml's reference does. Not for use by two threads at once.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c">ggml, quantize_row_..._ref</a>
 */
public final class RowNarrower {
    /** Those that can be written; what is left are ggml's K-quants. */
    public static final Set<TensorType> TYPES = Set.copyOf(EnumSet.of(
            TensorType.F32,
            TensorType.F16,
            TensorType.BF16,
            TensorType.Q4_0,
            TensorType.Q4_1,
            TensorType.Q5_0,
            TensorType.Q5_1,
            TensorType.Q8_0));

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 32;

    private final TensorType type;
    private final int columns;
    private final int[] quanta = new int[BLOCK];

    /**
     * @param columns a multiple of the type's block
     * @throws IllegalArgumentException for a type that can't be written
     */
    public RowNarrower(TensorType type, int columns) {
        if (!TYPES.contains(type)) {
            throw new IllegalArgumentException("rows can't be rounded to " + type + ", only to " + TYPES);
        }
        this.type = type;
        this.columns = columns;
        type.bytes(columns); // whole blocks
    }

    /**
     * Rounds one row.
     *
     * @param values {@code columns} of them, from {@code offset} on
     * @param out rows of this type and length, one after the other
     */
    public void narrow(float[] values, int offset, MemorySegment out, long row) {
        long at = row * type.bytes(columns);
        switch (type) {
            case F32 -> MemorySegment.copy(values, offset, out, FLOAT, at, columns);
            case F16 -> {
                for (int i = 0; i < columns; i++) {
                    out.set(SHORT, at + 2L * i, Float.floatToFloat16(values[offset + i]));
                }
            }
            case BF16 -> {
                for (int i = 0; i < columns; i++) {
                    out.set(SHORT, at + 2L * i, Bfloat16.of(values[offset + i]));
                }
            }
            default -> {
                for (int i = 0; i < columns; i += BLOCK) {
                    block(values, offset + i, out, at + type.bytes(i));
                }
            }
        }
    }

    private void block(float[] values, int from, MemorySegment out, long at) {
        switch (type) {
            case Q8_0 -> {
                float scale = largest(values, from, true) / 127;
                float inverse = scale == 0 ? 0 : 1 / scale;
                out.set(SHORT, at, Float.floatToFloat16(scale));
                for (int i = 0; i < BLOCK; i++) {
                    float scaled = values[from + i] * inverse;
                    // away from zero where two are as near, as C's roundf does
                    int quantum = (int) (Math.abs(scaled) + 0.5f);
                    out.set(ValueLayout.JAVA_BYTE, at + 2 + i, (byte) (scaled < 0 ? -quantum : quantum));
                }
            }
            case Q4_0 -> symmetric(values, from, 16, out, at);
            case Q5_0 -> symmetric(values, from, 32, out, at);
            case Q4_1 -> between(values, from, 16, out, at);
            case Q5_1 -> between(values, from, 32, out, at);
            default -> throw new IllegalStateException(type + " has no blocks of " + BLOCK);
        }
    }

    /** The value that lies farthest from zero, with its sign or without. */
    private static float largest(float[] values, int from, boolean absolute) {
        float largest = 0;
        for (int i = 0; i < BLOCK; i++) {
            if (Math.abs(values[from + i]) > Math.abs(largest)) {
                largest = values[from + i];
            }
        }
        return absolute ? Math.abs(largest) : largest;
    }

    /** Quanta around half of {@code levels}; the farthest value from zero has the quantum 0. */
    private void symmetric(float[] values, int from, int levels, MemorySegment out, long at) {
        int half = levels / 2;
        float scale = largest(values, from, false) / -half;
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < BLOCK; i++) {
            quanta[i] = Math.min(levels - 1, (int) (values[from + i] * inverse + half + 0.5f));
        }
        out.set(SHORT, at, Float.floatToFloat16(scale));
        write(levels, out, at + 2);
    }

    /** Quanta from the least value, 0, to the greatest. */
    private void between(float[] values, int from, int levels, MemorySegment out, long at) {
        float least = Float.MAX_VALUE;
        float most = -Float.MAX_VALUE;
        for (int i = 0; i < BLOCK; i++) {
            least = Math.min(least, values[from + i]);
            most = Math.max(most, values[from + i]);
        }
        float scale = (most - least) / (levels - 1);
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < BLOCK; i++) {
            quanta[i] = Math.min(levels - 1, (int) ((values[from + i] - least) * inverse + 0.5f));
        }
        out.set(SHORT, at, Float.floatToFloat16(scale));
        out.set(SHORT, at + 2, Float.floatToFloat16(least));
        write(levels, out, at + 4);
    }

    /** Four bits each, the block's halves side by side; before them the fifth bits, where there are any. */
    private void write(int levels, MemorySegment out, long at) {
        long nibbles = at;
        if (levels > 16) {
            int high = 0;
            for (int i = 0; i < BLOCK; i++) {
                high |= (quanta[i] >> 4) << i;
            }
            out.set(INT, at, high);
            nibbles += 4;
        }
        for (int i = 0; i < BLOCK / 2; i++) {
            int both = (quanta[i] & 15) | ((quanta[i + BLOCK / 2] & 15) << 4);
            out.set(ValueLayout.JAVA_BYTE, nibbles + i, (byte) both);
        }
    }
}
