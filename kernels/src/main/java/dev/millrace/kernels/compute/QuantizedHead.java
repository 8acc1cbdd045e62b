package dev.millrace.kernels.compute;

/**
 * Rounds a head's key or value to a few bits, as quantized.h describes: the quanta and scales of all providers are the
 * same.
 *
 * @see <a href="https://arxiv.org/abs/2404.00456">QuaRot: why rotated first</a>
 */
final class QuantizedHead {
    private final KvType type;
    private final byte[] quanta;
    private short scale;

    QuantizedHead(KvType type, int headSize) {
        this.type = type;
        this.quanta = new byte[headSize];
    }

    /** Unsigned. */
    byte[] quanta() {
        return quanta;
    }

    /** A bfloat16. */
    short scale() {
        return scale;
    }

    /** Rounds a head, which is rotated in place. */
    void quantize(float[] head) {
        rotate(head);
        float highest = 0;
        for (float x : head) {
            highest = Math.max(highest, Math.abs(x));
        }
        float step = bfloatUp(highest / (type == KvType.INT8 ? 127 : 8));
        boolean nothing = step < 1e-30f;
        float inverse = nothing ? 0 : 1 / step;
        for (int i = 0; i < head.length; i++) {
            quanta[i] = (byte)
                    (type == KvType.INT8
                            ? (int) Math.rint(head[i] * inverse) + 128
                            : (int) Math.clamp(Math.rint(head[i] * inverse - 0.5f), -8, 7) + 8);
        }
        // shortened once for each rotation: the root of the rotated length, twice
        float kept = nothing ? 0 : step / rotatedTogether(head.length);
        scale = (short) (Float.floatToRawIntBits(kept) >> 16);
    }

    /** What a quantum stands for, in scales. */
    static float widen(KvType type, int quantum) {
        return type == KvType.INT8 ? quantum - 128 : quantum - 7.5f;
    }

    /**
     * Multiplies with the Hadamard matrix, whose columns have the length of the root of how many neighbours are rotated
     * together: the largest power of two that divides the head's size.
     */
    static void rotate(float[] head) {
        int together = rotatedTogether(head.length);
        float[] from = new float[together];
        float[] to = new float[together];
        for (int start = 0; start < head.length; start += together) {
            System.arraycopy(head, start, from, 0, together);
            for (int width = 1; width < together; width *= 2) {
                for (int i = 0; i < together / 2; i++) {
                    to[2 * i] = from[i] + from[i + together / 2];
                    to[2 * i + 1] = from[i] - from[i + together / 2];
                }
                float[] next = from;
                from = to;
                to = next;
            }
            System.arraycopy(from, 0, head, start, together);
        }
    }

    private static int rotatedTogether(int headSize) {
        return Integer.lowestOneBit(headSize);
    }

    /** The next bfloat16 that isn't lower: no quantum is beyond the last. */
    private static float bfloatUp(float x) {
        return Float.intBitsToFloat((Float.floatToRawIntBits(x) + 0xffff) & 0xffff0000);
    }
}
