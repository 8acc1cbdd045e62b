package dev.millrace.inference.sample;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * One row of logits where it lies, with the greatest of each group: most questions are answered without looking at most
 * logits, and none by copying them.
 */
final class Row {
    static final int GROUP = 256;

    private final Lanes lanes;
    private final int size;
    private final float[] groupMaxima;
    private final float[] sorted;
    private MemorySegment logits = MemorySegment.NULL;
    private float max;

    Row(Lanes lanes, int size) {
        this.lanes = lanes;
        this.size = size;
        this.groupMaxima = new float[groups(size)];
        this.sorted = new float[groups(size)];
    }

    static int groups(int size) {
        return (size + GROUP - 1) / GROUP;
    }

    /** A row of its own memory, to be changed. */
    static MemorySegment memory(int size) {
        return Arena.ofAuto().allocate((long) size * Float.BYTES, 64);
    }

    /** Looks at [size] logits and finds their maxima; NaN if any logit is. */
    void look(MemorySegment at) {
        logits = at;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int g = 0, from = 0; from < size; g++, from += GROUP) {
            groupMaxima[g] = lanes.greatest(logits, from, Math.min(size, from + GROUP));
            greatest = Math.max(greatest, groupMaxima[g]);
        }
        max = greatest;
    }

    MemorySegment logits() {
        return logits;
    }

    float logit(int id) {
        return logits.getAtIndex(ValueLayout.JAVA_FLOAT, id);
    }

    float max() {
        return max;
    }

    /** The lowest of the ids with the greatest logit. */
    int argmax() {
        for (int g = 0, from = 0; from < size; g++, from += GROUP) {
            if (groupMaxima[g] == max) {
                for (int id = from; id < size; id++) {
                    if (logit(id) == max) {
                        return id;
                    }
                }
            }
        }
        throw new IllegalStateException("the row's maximum " + max + " is not in the row");
    }

    /** A logit that at least {@code count} logits reach: the greatest of that many groups do. */
    float reachedBy(int count) {
        if (count > groupMaxima.length) {
            return Float.NEGATIVE_INFINITY;
        }
        System.arraycopy(groupMaxima, 0, sorted, 0, groupMaxima.length);
        Arrays.sort(sorted);
        return sorted[sorted.length - count];
    }

    /** Collects the ids whose logit is {@code floor} or more. */
    void collect(float floor, Candidates candidates) {
        candidates.clear();
        for (int g = 0, from = 0; from < size; g++, from += GROUP) {
            if (groupMaxima[g] >= floor) {
                lanes.collect(logits, from, Math.min(size, from + GROUP), floor, candidates);
            }
        }
    }
}
