package dev.millrace.kernels.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Multiplies in the lanes of the Vector API. Loaded only where the module {@code jdk.incubator.vector} is present. */
final class VectorRowProduct implements RowProduct {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    static int lanes() {
        return SPECIES.length();
    }

    @Override
    public void multiply(float[] weights, float[] inputs, int tokens, int columns, float[] out) {
        float[] lanes = new float[SPECIES.length()];
        int token = 0;
        // four tokens side by side: a row's lanes are loaded once, and no sum waits for itself
        for (; token + 4 <= tokens; token += 4) {
            int at = token * columns;
            FloatVector s0 = FloatVector.zero(SPECIES);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            int i = 0;
            for (; i < SPECIES.loopBound(columns); i += SPECIES.length()) {
                FloatVector w = FloatVector.fromArray(SPECIES, weights, i);
                s0 = w.fma(FloatVector.fromArray(SPECIES, inputs, at + i), s0);
                s1 = w.fma(FloatVector.fromArray(SPECIES, inputs, at + columns + i), s1);
                s2 = w.fma(FloatVector.fromArray(SPECIES, inputs, at + 2 * columns + i), s2);
                s3 = w.fma(FloatVector.fromArray(SPECIES, inputs, at + 3 * columns + i), s3);
            }
            out[token] = sum(s0, lanes) + rest(weights, inputs, at, i, columns);
            out[token + 1] = sum(s1, lanes) + rest(weights, inputs, at + columns, i, columns);
            out[token + 2] = sum(s2, lanes) + rest(weights, inputs, at + 2 * columns, i, columns);
            out[token + 3] = sum(s3, lanes) + rest(weights, inputs, at + 3 * columns, i, columns);
        }
        for (; token < tokens; token++) {
            int at = token * columns;
            FloatVector s = FloatVector.zero(SPECIES);
            int i = 0;
            for (; i < SPECIES.loopBound(columns); i += SPECIES.length()) {
                s = FloatVector.fromArray(SPECIES, weights, i).fma(FloatVector.fromArray(SPECIES, inputs, at + i), s);
            }
            out[token] = sum(s, lanes) + rest(weights, inputs, at, i, columns);
        }
    }

    /** Not reduceLanes: its order is left open and may change from call to call. */
    private static float sum(FloatVector vector, float[] lanes) {
        vector.intoArray(lanes, 0);
        for (int width = lanes.length / 2; width > 0; width /= 2) {
            for (int i = 0; i < width; i++) {
                lanes[i] += lanes[i + width];
            }
        }
        return lanes[0];
    }

    private static float rest(float[] weights, float[] inputs, int at, int from, int columns) {
        float sum = 0;
        for (int i = from; i < columns; i++) {
            sum += weights[i] * inputs[at + i];
        }
        return sum;
    }
}
