package dev.millrace.standalone.bench;

import java.util.Arrays;
import java.util.Collection;

/**
 * What repeated measurements of one thing gave.
 *
 * @param median the middle one, or between the two middle ones
 * @param low the lowest
 * @param high the highest
 * @param count how many there were
 */
public record Spread(double median, double low, double high, int count) {
    /** @throws IllegalArgumentException if there is none */
    static Spread of(Collection<Double> values) {
        double[] sorted = sorted(values);
        return new Spread(percentile(sorted, 50), sorted[0], sorted[sorted.length - 1], sorted.length);
    }

    static Spread of(double value) {
        return new Spread(value, value, value, 1);
    }

    /** How far the farther end lies from the median, as a share of it. */
    public double deviation() {
        return median == 0 ? 0 : Math.max(high - median, median - low) / Math.abs(median);
    }

    /** {@code number} divided by each: from milliseconds for so many tokens to tokens a second, say. */
    Spread under(double number) {
        return new Spread(number / median, number / high, number / low, count);
    }

    Spread times(double factor) {
        return new Spread(median * factor, low * factor, high * factor, count);
    }

    static double[] sorted(Collection<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted;
    }

    /**
     * Between the two nearest ranks in proportion, as NumPy's default has it.
     *
     * @param sorted ascending, at least one
     * @param percent 0 to 100
     */
    static double percentile(double[] sorted, double percent) {
        double rank = percent / 100 * (sorted.length - 1);
        int below = (int) Math.floor(rank);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    }
}
