package dev.millrace.kernels.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Fused multiply-adds in the lanes of the Vector API. Loaded only where the module is present. */
final class VectorFmas {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int WEIGHTS = 8;
    private static final int SUMS = 8;

    private VectorFmas() {}

    static long run(long rounds) {
        int lanes = SPECIES.length();
        float[] weights = new float[WEIGHTS * lanes];
        float[] inputs = new float[SUMS * lanes];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = i * 0.001f;
        }
        FloatVector[] sums = new FloatVector[SUMS];
        for (int i = 0; i < SUMS; i++) {
            sums[i] = FloatVector.zero(SPECIES);
        }
        for (long round = 0; round < rounds; round++) {
            weights[(int) (round % weights.length)] = round;
            multiply(weights, inputs, lanes, sums);
        }
        float all = 0;
        for (FloatVector sum : sums) {
            all += sum.lane(0);
        }
        PeakLoops.SINK.addAndGet((long) all);
        return rounds * REPEATS * WEIGHTS * SUMS * lanes;
    }

    private static final int REPEATS = 32;

    /** Eight sums side by side: none waits for itself. */
    private static void multiply(float[] weights, float[] inputs, int lanes, FloatVector[] sums) {
        FloatVector x0 = FloatVector.fromArray(SPECIES, inputs, 0);
        FloatVector x1 = FloatVector.fromArray(SPECIES, inputs, lanes);
        FloatVector x2 = FloatVector.fromArray(SPECIES, inputs, 2 * lanes);
        FloatVector x3 = FloatVector.fromArray(SPECIES, inputs, 3 * lanes);
        FloatVector s0 = sums[0];
        FloatVector s1 = sums[1];
        FloatVector s2 = sums[2];
        FloatVector s3 = sums[3];
        FloatVector s4 = sums[4];
        FloatVector s5 = sums[5];
        FloatVector s6 = sums[6];
        FloatVector s7 = sums[7];
        for (int i = 0; i < REPEATS * WEIGHTS; i++) {
            FloatVector w = FloatVector.fromArray(SPECIES, weights, i % WEIGHTS * lanes);
            s0 = w.fma(x0, s0);
            s1 = w.fma(x1, s1);
            s2 = w.fma(x2, s2);
            s3 = w.fma(x3, s3);
            s4 = x0.fma(w, s4);
            s5 = x1.fma(w, s5);
            s6 = x2.fma(w, s6);
            s7 = x3.fma(w, s7);
        }
        sums[0] = s0;
        sums[1] = s1;
        sums[2] = s2;
        sums[3] = s3;
        sums[4] = s4;
        sums[5] = s5;
        sums[6] = s6;
        sums[7] = s7;
    }
}
