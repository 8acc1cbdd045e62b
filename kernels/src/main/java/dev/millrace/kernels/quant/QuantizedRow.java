package dev.millrace.kernels.quant;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.millrace.kernels.weights.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One row of a block type taken apart, losing nothing: its quanta, its blocks' float16 scales and minimums, and the
 * integers that refine them by group. A buffer: {@link #read} fills it anew.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h">ggml's block structures</a>
 */
public final class QuantizedRow {

    private final TensorType type;
    private final BlockFormat format;
    private final int columns;
    private final byte[] block;
    private final byte[] quanta;
    private final short[] scales;
    private final short[] minimums;
    private final byte[] groupScales;
    private final byte[] groupMinimums;

    /** @param columns a multiple of the type's block */
    public QuantizedRow(TensorType type, int columns) {
        this.type = type;
        this.format = BlockFormat.of(type);
        this.columns = columns;
        int blocks = columns / type.blockElements();
        int groups = columns / format.groupElements();
        this.block = new byte[type.blockBytes()];
        this.quanta = new byte[columns];
        this.scales = new short[blocks];
        this.minimums = new short[blocks];
        this.groupScales = new byte[groups];
        this.groupMinimums = new byte[groups];
        Arrays.fill(groupScales, (byte) 1);
        Arrays.fill(groupMinimums, (byte) 1);
    }

    public BlockFormat format() {
        return format;
    }

    /** Takes apart the row that starts at {@code offset} of {@code data}. */
    public void read(MemorySegment data, long offset) {
        int blocks = columns / type.blockElements();
        for (int b = 0; b < blocks; b++) {
            MemorySegment.copy(data, JAVA_BYTE, offset + (long) b * block.length, block, 0, block.length);
            int q = b * type.blockElements();
            switch (type) {
                case Q4_0 -> readSimple(b, q, 2, -1, -1);
                case Q4_1 -> readSimple(b, q, 4, 2, -1);
                case Q5_0 -> readSimple(b, q, 6, -1, 2);
                case Q5_1 -> readSimple(b, q, 8, 2, 4);
                case Q8_0 -> readQ8(b, q);
                case Q2_K -> readQ2K(b, q);
                case Q3_K -> readQ3K(b, q);
                case Q4_K -> readQ45K(b, q, -1, 16);
                case Q5_K -> readQ45K(b, q, 16, 48);
                case Q6_K -> readQ6K(b, q);
                case F32, F16, BF16 -> throw new IllegalStateException(type + " has no blocks");
            }
        }
    }

    /** [columns] unsigned; the array is the buffer itself. */
    public byte[] quanta() {
        return quanta;
    }

    /** [blocks] float16 bits. */
    public short[] scales() {
        return scales;
    }

    /** [blocks] float16 bits; meaningful where the format has minimums. */
    public short[] minimums() {
        return minimums;
    }

    /** [groups] what the block's scale is multiplied with: 1 where the format isn't nested; signed in Q3_K and Q6_K. */
    public byte[] groupScales() {
        return groupScales;
    }

    /** [groups] what the block's minimum is multiplied with. A nested format subtracts the product. */
    public byte[] groupMinimums() {
        return groupMinimums;
    }

    /** The float32 scale of a group. */
    public float scale(int group) {
        return Float.float16ToFloat(scales[group * format.groupElements() / type.blockElements()]) * groupScales[group];
    }

    /** The float32 minimum of a group, to be added. */
    public float minimum(int group) {
        float minimum = Float.float16ToFloat(minimums[group * format.groupElements() / type.blockElements()])
                * groupMinimums[group];
        return format.nested() ? -minimum : minimum;
    }

    /** Widens the row to float32 as ggml does, to the bit. */
    public void widen(float[] out, int outOffset) {
        int size = format.groupElements();
        int offset = format.offset();
        for (int group = 0; group < groupScales.length; group++) {
            float scale = scale(group);
            int from = group * size;
            int to = outOffset + from;
            if (format.minimum()) {
                float minimum = minimum(group);
                for (int i = 0; i < size; i++) {
                    out[to + i] = scale * (quanta[from + i] & 0xff) + minimum;
                }
            } else {
                for (int i = 0; i < size; i++) {
                    out[to + i] = scale * ((quanta[from + i] & 0xff) - offset);
                }
            }
        }
    }

    private short half(int at) {
        return (short) ((block[at] & 0xff) | (block[at + 1] << 8));
    }

    /** Some bits of one byte of the block, unsigned. */
    private byte bits(int at, int lowest, int count) {
        return (byte) ((block[at] >> lowest) & ((1 << count) - 1));
    }

    private void readSimple(int b, int q, int quantaAt, int minimumAt, int highBitsAt) {
        scales[b] = half(0);
        if (minimumAt >= 0) {
            minimums[b] = half(minimumAt);
        }
        for (int i = 0; i < 16; i++) {
            quanta[q + i] = bits(quantaAt + i, 0, 4);
            quanta[q + 16 + i] = bits(quantaAt + i, 4, 4);
        }
        if (highBitsAt >= 0) {
            for (int i = 0; i < 32; i++) {
                quanta[q + i] |= (byte) (bits(highBitsAt + i / 8, i % 8, 1) << 4);
            }
        }
    }

    private void readQ8(int b, int q) {
        scales[b] = half(0);
        for (int i = 0; i < 32; i++) {
            quanta[q + i] = (byte) (block[2 + i] + 128);
        }
    }

    /** Two bits each: four planes over 32 bytes, twice. */
    private void readTwoBits(int q, int at) {
        for (int i = 0; i < 256; i++) {
            quanta[q + i] = bits(at + i / 128 * 32 + i % 32, i / 32 % 4 * 2, 2);
        }
    }

    /** Adds bit {@code plane} of 32 bytes as bit {@code bit} of the elements of that plane. */
    private void addHighBits(int q, int at, int bit) {
        for (int i = 0; i < 256; i++) {
            quanta[q + i] |= (byte) (bits(at + i % 32, i / 32, 1) << bit);
        }
    }

    private void readQ2K(int b, int q) {
        for (int g = 0; g < 16; g++) {
            groupScales[b * 16 + g] = bits(g, 0, 4);
            groupMinimums[b * 16 + g] = bits(g, 4, 4);
        }
        readTwoBits(q, 16);
        scales[b] = half(80);
        minimums[b] = half(82);
    }

    private void readQ3K(int b, int q) {
        readTwoBits(q, 32);
        addHighBits(q, 0, 2);
        for (int g = 0; g < 16; g++) {
            int low = bits(96 + g % 8, g / 8 * 4, 4);
            int high = bits(104 + g % 4, g / 4 * 2, 2);
            groupScales[b * 16 + g] = (byte) ((low | (high << 4)) - 32);
        }
        scales[b] = half(108);
    }

    private void readQ45K(int b, int q, int highBitsAt, int quantaAt) {
        scales[b] = half(0);
        minimums[b] = half(2);
        for (int g = 0; g < 4; g++) {
            groupScales[b * 8 + g] = bits(4 + g, 0, 6);
            groupMinimums[b * 8 + g] = bits(8 + g, 0, 6);
            groupScales[b * 8 + 4 + g] = (byte) (bits(12 + g, 0, 4) | (bits(4 + g, 6, 2) << 4));
            groupMinimums[b * 8 + 4 + g] = (byte) (bits(12 + g, 4, 4) | (bits(8 + g, 6, 2) << 4));
        }
        for (int i = 0; i < 256; i++) {
            quanta[q + i] = bits(quantaAt + i / 64 * 32 + i % 32, i / 32 % 2 * 4, 4);
        }
        if (highBitsAt >= 0) {
            addHighBits(q, highBitsAt, 4);
        }
    }

    private void readQ6K(int b, int q) {
        for (int i = 0; i < 256; i++) {
            int low = bits(i / 128 * 64 + i % 64, i / 64 % 2 * 4, 4);
            int high = bits(128 + i / 128 * 32 + i % 32, i / 32 % 4 * 2, 2);
            quanta[q + i] = (byte) (low | (high << 4));
        }
        System.arraycopy(block, 192, groupScales, b * 16, 16);
        scales[b] = half(208);
    }
}
