package dev.millrace.kernels.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** What goes element by element. Counts are whole registers. */
final class VectorElements {
    private VectorElements() {}

    static void scale(float[] x, int at, int count, float factor) {
        for (int i = at; i < at + count; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.FLOATS, x, i).mul(factor).intoArray(x, i);
        }
    }

    /** Scales by a factor above 0 and returns the highest. */
    static float scaleAndFindHighest(float[] x, int at, int count, float factor) {
        FloatVector highest = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = at; i < at + count; i += Lanes.COUNT) {
            FloatVector scaled = FloatVector.fromArray(Lanes.FLOATS, x, i).mul(factor);
            scaled.intoArray(x, i);
            highest = highest.max(scaled);
        }
        return highest.reduceLanes(VectorOperators.MAX);
    }

    /** {@code x = e^(x - highest)}; adds them to the lanes of {@code totals}. */
    static void weigh(float[] x, int at, int count, float highest, float[] totals, int totalsAt) {
        FloatVector total = FloatVector.fromArray(Lanes.FLOATS, totals, totalsAt);
        for (int i = at; i < at + count; i += Lanes.COUNT) {
            FloatVector weight =
                    Lanes.exp(FloatVector.fromArray(Lanes.FLOATS, x, i).sub(highest));
            weight.intoArray(x, i);
            total = total.add(weight);
        }
        total.intoArray(totals, totalsAt);
    }

    /** {@code gate = gate * sigmoid(gate) * up}. */
    static void silu(float[] gate, float[] up, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, gate, i);
            x.div(Lanes.exp(x.neg()).add(1f))
                    .mul(FloatVector.fromArray(Lanes.FLOATS, up, i))
                    .intoArray(gate, i);
        }
    }

    /** GELU in its tanh form: 0.5 x (1 + tanh(u / 2)) = x / (1 + e^-u). */
    static void gelu(float[] gate, float[] up, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, gate, i);
            FloatVector u = x.add(x.mul(x).mul(x.mul(0.044715f))).mul(1.5957692f);
            x.div(Lanes.exp(u.neg()).add(1f))
                    .mul(FloatVector.fromArray(Lanes.FLOATS, up, i))
                    .intoArray(gate, i);
        }
    }

    /** The sum of squares of the first {@code count} elements; {@code lanes} is overwritten. */
    static float squares(float[] x, int count, float[] lanes) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            sum = v.fma(v, sum);
        }
        sum.intoArray(lanes, 0);
        return Lanes.sum(lanes, 0);
    }
}
