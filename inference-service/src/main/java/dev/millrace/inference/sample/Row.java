package dev.millrace.inference.sample;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row of logits where it lies, with the greatest of each group: most questions are answered without looking at most
 * logits, and none by copying them.
 */
final class Row {
    static final int GROUP = 256;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    private final int size;
    private final float[] groupMaxima;
    private final float[] sorted;
    private MemorySegment logits = MemorySegment.NULL;
    private float max;

    Row(int size) {
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
            groupMaxima[g] = greatest(from, Math.min(size, from + GROUP));
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
                collect(from, Math.min(size, from + GROUP), floor, candidates);
            }
        }
    }

    private void collect(int from, int to, float floor, Candidates candidates) {
        int id = from;
        for (; id <= to - FLOATS.length(); id += FLOATS.length()) {
            VectorMask<Float> high = vector(id).compare(VectorOperators.GE, floor);
            for (long bits = high.toLong(); bits != 0; bits &= bits - 1) {
                int found = id + Long.numberOfTrailingZeros(bits);
                candidates.add(found, logit(found));
            }
        }
        for (; id < to; id++) {
            if (logit(id) >= floor) {
                candidates.add(id, logit(id));
            }
        }
    }

    private float greatest(int from, int to) {
        FloatVector greatest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int id = from;
        for (; id <= to - FLOATS.length(); id += FLOATS.length()) {
            greatest = greatest.max(vector(id));
        }
        float result = greatest.reduceLanes(VectorOperators.MAX);
        for (; id < to; id++) {
            result = Math.max(result, logit(id));
        }
        return result;
    }

    private FloatVector vector(int id) {
        return FloatVector.fromMemorySegment(FLOATS, logits, (long) id * Float.BYTES, ByteOrder.nativeOrder());
    }
}
