package dev.millrace.inference.sample;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * Ids that may be chosen, each packed with its logit into one number that sorts the likeliest, then the lowest id, first.
 * Cutting to the likeliest is a selection: nothing is sorted that need not be.
 */
final class Candidates {
    private final long[] keys;
    private int size;

    Candidates(int vocabularySize) {
        this.keys = new long[vocabularySize];
    }

    void clear() {
        size = 0;
    }

    void add(int id, float logit) {
        // + 0f makes -0 into 0: they are equal, so the id must decide
        int bits = Float.floatToIntBits(logit + 0f);
        int ordered = bits ^ (bits >> 31 & 0x7fffffff);
        keys[size++] = (long) ~ordered << 32 | id;
    }

    int size() {
        return size;
    }

    int id(int i) {
        return (int) keys[i];
    }

    /** Brings the likeliest into order. */
    void sort() {
        Arrays.sort(keys, 0, size);
    }

    /** Keeps the likeliest {@code count}. */
    void keepCount(int count) {
        if (count < size) {
            keepMass(count, id -> 1);
        }
    }

    /** Keeps the fewest of the likeliest whose masses reach {@code target}; all if they never do. */
    void keepMass(double target, IntToDoubleFunction mass) {
        int from = 0;
        int to = size;
        double before = 0;
        // the cut lies in [from, to); what stands left of it has the mass `before`
        while (to - from > 1) {
            int middle = partition(from, to);
            double left = 0;
            for (int i = from; i < middle; i++) {
                left += mass.applyAsDouble(id(i));
            }
            if (before + left >= target) {
                to = middle;
            } else {
                before += left;
                from = middle;
            }
        }
        size = Math.min(size, to);
    }

    double mass(IntToDoubleFunction mass) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += mass.applyAsDouble(id(i));
        }
        return sum;
    }

    // Hoare's: both sides hold at least one key
    private int partition(int from, int to) {
        long pivot = median(keys[from], keys[(from + to) >>> 1], keys[to - 1]);
        int left = from;
        int right = to - 1;
        while (true) {
            while (keys[left] < pivot) {
                left++;
            }
            while (keys[right] > pivot) {
                right--;
            }
            if (left >= right) {
                // keys differ, for ids do: the pivot itself is in exactly one place
                return Math.max(left, from + 1);
            }
            long key = keys[left];
            keys[left] = keys[right];
            keys[right] = key;
        }
    }

    private static long median(long a, long b, long c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
