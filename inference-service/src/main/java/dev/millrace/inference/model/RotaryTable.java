package dev.millrace.inference.model;

import dev.millrace.inference.model.DecoderDescription.RotaryDescription;
import dev.millrace.kernels.compute.Rotary;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/**
 * The cosines and sines of one rotary description. Filled as positions are reached: a context of 131,072 positions takes
 * neither time nor memory before somebody uses it.
 */
final class RotaryTable {
    private static final int STRIDE = 512;

    private final Rotary rotary;
    private final float[] frequencies;
    private final float magnitude;
    private int filled;

    /**
     * @param factors [rotated / 2] what frequencies are divided by; empty for none
     */
    RotaryTable(RotaryDescription description, float[] factors, int positions, Arena arena) {
        int pairs = description.rotated() / 2;
        long bytes = 4L * positions * pairs;
        this.rotary = new Rotary(
                description.layout(), description.rotated(), positions, arena.allocate(bytes), arena.allocate(bytes));
        this.frequencies = description.scaling().scale(frequencies(description), description.base());
        this.magnitude = description.scaling().magnitude();
        for (int i = 0; i < factors.length; i++) {
            frequencies[i] /= factors[i];
        }
    }

    /** Complete up to what {@link #reach} was last called with. */
    Rotary rotary() {
        return rotary;
    }

    /** Makes sure that {@code position} can be looked up. */
    void reach(int position) {
        if (position < filled) {
            return;
        }
        int end = Math.min(rotary.positions(), (position / STRIDE + 1) * STRIDE);
        for (int p = filled; p < end; p++) {
            for (int i = 0; i < frequencies.length; i++) {
                // the angle in float32, as models are trained: in double, late positions would turn further than they
                // did
                float angle = p * frequencies[i];
                long at = (long) p * frequencies.length + i;
                rotary.cosines().setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) Math.cos(angle) * magnitude);
                rotary.sines().setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) Math.sin(angle) * magnitude);
            }
        }
        filled = end;
    }

    private static float[] frequencies(RotaryDescription description) {
        float[] frequencies = new float[description.rotated() / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = 2f * i / description.rotated();
            frequencies[i] = 1 / (float) Math.pow(description.base(), exponent);
        }
        return frequencies;
    }
}
