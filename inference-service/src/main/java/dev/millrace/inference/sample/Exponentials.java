package dev.millrace.inference.sample;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code exp} over a whole vocabulary. {@code Math.exp} over 49,152 logits takes longer than a small model's own step;
 * the Vector API's EXP gives other last bits once it is compiled than before. This one is made of multiplications and
 * additions alone, so every run gives the same bits.
 */
final class Exponentials {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    // below this the result is less than 2^-126 and taken for 0
    private static final float LOWEST = -87f;
    private static final float LOG2_E = 1.442695f;
    // ln 2 in two parts (Cody and Waite), the first 0.693359375, with few enough bits that its multiples are
    // exact
    private static final float LN2_HIGH = 0.6933594f;
    private static final float LN2_LOW = -2.12194440e-4f;
    // adding and taking away 1.5 * 2^23 rounds to the nearest whole number
    private static final float ROUND = 12582912f;
    // Cephes' expf: the polynomial of (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2
    private static final float[] P = {0.00019875691f, 0.0013981999f, 0.008333452f, 0.041665796f, 0.16666666f, 0.5f};

    private Exponentials() {}

    /**
     * {@code weights[i] = exp((logits[i] - max) * scale)}, and 0 where that is less than e^-87.
     *
     * @param max none of the logits is greater
     * @param groupSums the sums of each {@code group} weights; the last group may be shorter
     * @param group a multiple of 64
     */
    static void weigh(
            MemorySegment logits, int count, float max, float scale, float[] weights, double[] groupSums, int group) {
        for (int g = 0, from = 0; from < count; g++, from += group) {
            groupSums[g] = weighGroup(logits, from, Math.min(count, from + group), max, scale, weights);
        }
    }

    private static double weighGroup(MemorySegment logits, int from, int to, float max, float scale, float[] weights) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int i = from;
        for (; i <= to - FLOATS.length(); i += FLOATS.length()) {
            FloatVector logit =
                    FloatVector.fromMemorySegment(FLOATS, logits, (long) i * Float.BYTES, ByteOrder.nativeOrder());
            FloatVector weight = exp(logit.sub(max).mul(scale));
            weight.intoArray(weights, i);
            sum = sum.add(weight);
        }
        double total = 0;
        for (int lane = 0; lane < FLOATS.length(); lane++) {
            total += sum.lane(lane);
        }
        for (; i < to; i++) {
            weights[i] = exp((logits.getAtIndex(ValueLayout.JAVA_FLOAT, i) - max) * scale);
            total += weights[i];
        }
        return total;
    }

    /** The sum of those weights that are {@code least} or more. */
    static double massFrom(float least, float[] weights, int count) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= count - FLOATS.length(); i += FLOATS.length()) {
            FloatVector weight = FloatVector.fromArray(FLOATS, weights, i);
            sum = sum.add(weight.blend(0f, weight.lt(least)));
        }
        double total = 0;
        for (int lane = 0; lane < FLOATS.length(); lane++) {
            total += sum.lane(lane);
        }
        for (; i < count; i++) {
            total += weights[i] < least ? 0 : weights[i];
        }
        return total;
    }

    private static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.max(LOWEST);
        FloatVector whole = bounded.mul(LOG2_E).add(ROUND).sub(ROUND);
        FloatVector r = bounded.sub(whole.mul(LN2_HIGH)).sub(whole.mul(LN2_LOW));
        FloatVector p = r.mul(P[0]).add(P[1]);
        p = p.mul(r).add(P[2]);
        p = p.mul(r).add(P[3]);
        p = p.mul(r).add(P[4]);
        p = p.mul(r).add(P[5]);
        p = p.mul(r).mul(r).add(r).add(1f);
        IntVector exponent = (IntVector) whole.convertShape(VectorOperators.F2I, INTS, 0);
        FloatVector power = exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return p.mul(power).blend(0f, x.lt(LOWEST));
    }

    // the same operations in the same order, for what doesn't fill a vector
    private static float exp(float x) {
        if (x < LOWEST) {
            return 0;
        }
        float whole = x * LOG2_E + ROUND - ROUND;
        float r = x - whole * LN2_HIGH - whole * LN2_LOW;
        float p = r * P[0] + P[1];
        p = p * r + P[2];
        p = p * r + P[3];
        p = p * r + P[4];
        p = p * r + P[5];
        p = p * r * r + r + 1f;
        return p * Float.intBitsToFloat(((int) whole + 127) << 23);
    }
}
