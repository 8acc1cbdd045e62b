package dev.millrace.kernels.quant;

/** The upper half of a float32's bits: its range, and 8 bits of precision. */
public final class Bfloat16 {
    private Bfloat16() {}

    /** The nearest one, the even one of two as near; a NaN stays one. */
    public static short of(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) ((bits >>> 16) | 64);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** What it stands for, exactly. */
    public static float widen(short bfloat) {
        return Float.intBitsToFloat(bfloat << 16);
    }

    /** Rounds elements [from, to) in place. */
    public static void round(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = widen(of(x[i]));
        }
    }
}
