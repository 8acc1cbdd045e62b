package dev.millrace.kernels.compute;

import jdk.incubator.vector.FloatVector;

/**
 * {@code sums[lane] += weights[c][lane] * x[c]} for c from 0 on, fused: the one loop of which products and attention are
 * made. A lane's sum has the same order in each of the three methods.
 */
final class VectorTiles {
    private VectorTiles() {}

    /** Two registers of lanes side by side with one x. */
    static void one(float[] weights, int weightsAt, int stride, int count, float[] x, int xAt, float[] sums, int at) {
        FloatVector a = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector b = FloatVector.fromArray(Lanes.FLOATS, sums, at + Lanes.COUNT);
        int w = weightsAt;
        for (int c = 0; c < count; c++) {
            FloatVector v = FloatVector.broadcast(Lanes.FLOATS, x[xAt + c]);
            a = FloatVector.fromArray(Lanes.FLOATS, weights, w).fma(v, a);
            b = FloatVector.fromArray(Lanes.FLOATS, weights, w + Lanes.COUNT).fma(v, b);
            w += stride;
        }
        a.intoArray(sums, at);
        b.intoArray(sums, at + Lanes.COUNT);
    }

    /** Two registers of lanes with each of four x: eight sums hide each other's latency. */
    static void four(
            float[] weights,
            int weightsAt,
            int stride,
            int count,
            float[] x,
            int x0,
            int x1,
            int x2,
            int x3,
            float[] sums,
            int at,
            int sumStride) {
        FloatVector a0 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector b0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + Lanes.COUNT);
        FloatVector a1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + sumStride);
        FloatVector b1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + sumStride + Lanes.COUNT);
        FloatVector a2 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * sumStride);
        FloatVector b2 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * sumStride + Lanes.COUNT);
        FloatVector a3 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * sumStride);
        FloatVector b3 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * sumStride + Lanes.COUNT);
        int w = weightsAt;
        for (int c = 0; c < count; c++) {
            FloatVector first = FloatVector.fromArray(Lanes.FLOATS, weights, w);
            FloatVector second = FloatVector.fromArray(Lanes.FLOATS, weights, w + Lanes.COUNT);
            FloatVector v0 = FloatVector.broadcast(Lanes.FLOATS, x[x0 + c]);
            a0 = first.fma(v0, a0);
            b0 = second.fma(v0, b0);
            FloatVector v1 = FloatVector.broadcast(Lanes.FLOATS, x[x1 + c]);
            a1 = first.fma(v1, a1);
            b1 = second.fma(v1, b1);
            FloatVector v2 = FloatVector.broadcast(Lanes.FLOATS, x[x2 + c]);
            a2 = first.fma(v2, a2);
            b2 = second.fma(v2, b2);
            FloatVector v3 = FloatVector.broadcast(Lanes.FLOATS, x[x3 + c]);
            a3 = first.fma(v3, a3);
            b3 = second.fma(v3, b3);
            w += stride;
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + Lanes.COUNT);
        a1.intoArray(sums, at + sumStride);
        b1.intoArray(sums, at + sumStride + Lanes.COUNT);
        a2.intoArray(sums, at + 2 * sumStride);
        b2.intoArray(sums, at + 2 * sumStride + Lanes.COUNT);
        a3.intoArray(sums, at + 3 * sumStride);
        b3.intoArray(sums, at + 3 * sumStride + Lanes.COUNT);
    }

    /** One register of lanes with each of four x, which lie {@code xStride} apart. */
    static void narrow(
            float[] weights,
            int weightsAt,
            int stride,
            int count,
            float[] x,
            int xAt,
            int xStride,
            float[] sums,
            int at,
            int sumStride) {
        FloatVector a0 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector a1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + sumStride);
        FloatVector a2 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * sumStride);
        FloatVector a3 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * sumStride);
        int w = weightsAt;
        for (int c = 0; c < count; c++) {
            FloatVector first = FloatVector.fromArray(Lanes.FLOATS, weights, w);
            a0 = first.fma(FloatVector.broadcast(Lanes.FLOATS, x[xAt + c]), a0);
            a1 = first.fma(FloatVector.broadcast(Lanes.FLOATS, x[xAt + xStride + c]), a1);
            a2 = first.fma(FloatVector.broadcast(Lanes.FLOATS, x[xAt + 2 * xStride + c]), a2);
            a3 = first.fma(FloatVector.broadcast(Lanes.FLOATS, x[xAt + 3 * xStride + c]), a3);
            w += stride;
        }
        a0.intoArray(sums, at);
        a1.intoArray(sums, at + sumStride);
        a2.intoArray(sums, at + 2 * sumStride);
        a3.intoArray(sums, at + 3 * sumStride);
    }
}
