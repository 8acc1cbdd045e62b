package dev.millrace.standalone.bench;

import java.util.List;

/**
 * How long clients waited from one piece of an answer to the next, in milliseconds.
 *
 * @param count how many gaps there were; 0 where all else is 0
 */
public record Gaps(double median, double p99, double max, int count) {
    static Gaps of(List<Double> millis) {
        if (millis.isEmpty()) {
            return new Gaps(0, 0, 0, 0);
        }
        double[] sorted = Spread.sorted(millis);
        return new Gaps(
                Spread.percentile(sorted, 50), Spread.percentile(sorted, 99), sorted[sorted.length - 1], sorted.length);
    }
}
