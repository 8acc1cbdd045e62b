package dev.millrace.inference.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** One logit after the other. */
final class PlainLanes implements Lanes {
    @Override
    public float greatest(MemorySegment logits, int from, int to) {
        float greatest = Float.NEGATIVE_INFINITY;
        for (int id = from; id < to; id++) {
            greatest = Math.max(greatest, logits.getAtIndex(JAVA_FLOAT, id));
        }
        return greatest;
    }

    @Override
    public void collect(MemorySegment logits, int from, int to, float floor, Candidates candidates) {
        for (int id = from; id < to; id++) {
            float logit = logits.getAtIndex(JAVA_FLOAT, id);
            if (logit >= floor) {
                candidates.add(id, logit);
            }
        }
    }

    @Override
    public double weigh(MemorySegment logits, int from, int to, float max, float scale, float[] weights) {
        double total = 0;
        for (int id = from; id < to; id++) {
            weights[id] = Exponential.of((logits.getAtIndex(JAVA_FLOAT, id) - max) * scale);
            total += weights[id];
        }
        return total;
    }

    @Override
    public double massFrom(float least, float[] weights, int count) {
        double total = 0;
        for (int id = 0; id < count; id++) {
            total += weights[id] < least ? 0 : weights[id];
        }
        return total;
    }
}
