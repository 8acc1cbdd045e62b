package dev.millrace.inference.sample;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** One row of logits, with the greatest of each group: most questions are answered without looking at most logits. */
final class Row {
    static final int GROUP = 256;

    private final int size;
    final float[] logits;
    private final float[] groupMaxima;
    private final float[] sorted;
    private float max;

    Row(int size) {
        this.size = size;
        this.logits = new float[size];
        this.groupMaxima = new float[groups(size)];
        this.sorted = new float[groups(size)];
    }

    static int groups(int size) {
        return (size + GROUP - 1) / GROUP;
    }

    void read(MemorySegment rows, int row) {
        MemorySegment.copy(rows, ValueLayout.JAVA_FLOAT, (long) row * size * Float.BYTES, logits, 0, size);
        measure();
    }

    void copyOf(Row other) {
        System.arraycopy(other.logits, 0, logits, 0, size);
    }

    /** Finds the maxima anew; NaN if any logit is. */
    void measure() {
        float greatest = Float.NEGATIVE_INFINITY;
        for (int g = 0, from = 0; from < size; g++, from += GROUP) {
            groupMaxima[g] = greatest(from, Math.min(size, from + GROUP));
            greatest = Math.max(greatest, groupMaxima[g]);
        }
        max = greatest;
    }

    float max() {
        return max;
    }

    /** The lowest of the ids with the greatest logit. */
    int argmax() {
        for (int g = 0, from = 0; from < size; g++, from += GROUP) {
            if (groupMaxima[g] == max) {
                for (int id = from; id < size; id++) {
                    if (logits[id] == max) {
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
                int to = Math.min(size, from + GROUP);
                for (int id = from; id < to; id++) {
                    if (logits[id] >= floor) {
                        candidates.add(id, logits[id]);
                    }
                }
            }
        }
    }

    // a loop of its own, short and plain: the compiler turns it into vector instructions
    private float greatest(int from, int to) {
        float greatest = Float.NEGATIVE_INFINITY;
        for (int id = from; id < to; id++) {
            greatest = Math.max(greatest, logits[id]);
        }
        return greatest;
    }
}
