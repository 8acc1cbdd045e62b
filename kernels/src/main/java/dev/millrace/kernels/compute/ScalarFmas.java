package dev.millrace.kernels.compute;

import java.util.concurrent.ThreadLocalRandom;

/** Fused multiply-adds in plain Java. */
final class ScalarFmas {
    private static final int WEIGHTS = 256;

    private ScalarFmas() {}

    static long run(long rounds) {
        float[] weights = new float[WEIGHTS];
        for (int i = 0; i < WEIGHTS; i++) {
            weights[i] = ThreadLocalRandom.current().nextFloat();
        }
        float[] sums = new float[8];
        for (long round = 0; round < rounds; round++) {
            weights[(int) (round % WEIGHTS)] = 1f / (round + 1);
            multiply(weights, sums);
        }
        PeakLoops.SINK.addAndGet((long) sums[0] + (long) sums[7]);
        return rounds * WEIGHTS * 8;
    }

    /** Eight sums side by side: none waits for itself. */
    private static void multiply(float[] weights, float[] sums) {
        float s0 = sums[0];
        float s1 = sums[1];
        float s2 = sums[2];
        float s3 = sums[3];
        float s4 = sums[4];
        float s5 = sums[5];
        float s6 = sums[6];
        float s7 = sums[7];
        for (float w : weights) {
            s0 = Math.fma(w, 0.1f, s0);
            s1 = Math.fma(w, 0.2f, s1);
            s2 = Math.fma(w, 0.3f, s2);
            s3 = Math.fma(w, 0.4f, s3);
            s4 = Math.fma(w, 0.5f, s4);
            s5 = Math.fma(w, 0.6f, s5);
            s6 = Math.fma(w, 0.7f, s6);
            s7 = Math.fma(w, 0.8f, s7);
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
