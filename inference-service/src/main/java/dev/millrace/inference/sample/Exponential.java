package dev.millrace.inference.sample;

/**
 * {@code exp} made of multiplications and additions alone: {@code Math.exp} over 49,152 logits takes longer than a small
 * model's own step, and the Vector API's EXP gives other last bits once it is compiled than before. Cephes' polynomial.
 */
final class Exponential {
    /** Below this the result is less than 2^-125 and taken for 0. */
    static final float LOWEST = -87f;

    static final float LOG2_E = 1.442695f;
    /** ln 2 in two parts (Cody and Waite), the first, 0.693359375, with few enough bits that its multiples are exact. */
    static final float LN2_HIGH = 0.6933594f;

    static final float LN2_LOW = -2.1219444e-4f;
    /** Adding and taking away 1.5 * 2^23 rounds to the nearest whole number. */
    static final float ROUND = 12582912f;

    // (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2, highest power first
    static final float P5 = 0.00019875691f;
    static final float P4 = 0.0013981999f;
    static final float P3 = 0.008333452f;
    static final float P2 = 0.041665796f;
    static final float P1 = 0.16666666f;
    static final float P0 = 0.5f;

    private Exponential() {}

    /** @param x at most 0 */
    static float of(float x) {
        if (x < LOWEST) {
            return 0;
        }
        float whole = x * LOG2_E + ROUND - ROUND;
        float r = x - whole * LN2_HIGH - whole * LN2_LOW;
        float p = r * P5 + P4;
        p = p * r + P3;
        p = p * r + P2;
        p = p * r + P1;
        p = p * r + P0;
        p = p * r * r + r + 1f;
        return p * Float.intBitsToFloat(((int) whole + 127) << 23);
    }
}
