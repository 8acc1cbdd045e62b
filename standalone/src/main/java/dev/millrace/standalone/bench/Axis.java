package dev.millrace.standalone.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * From values to places in a drawing.
 *
 * @param logarithmic powers of ten are as far apart as each other; else equal differences are
 * @param from the value at {@code begin}
 * @param to the value at {@code end}
 */
record Axis(boolean logarithmic, double from, double to, double begin, double end) {
    private static final int MOST_TICKS = 6;

    /** From 0 to a round number that holds {@code most}. */
    static Axis upTo(double most, double begin, double end) {
        double step = step(most);
        return new Axis(false, 0, step * Math.max(1, Math.ceil(most / step)), begin, end);
    }

    /** Of powers of ten that hold both. */
    static Axis decades(double least, double most, double begin, double end) {
        double low = Math.pow(10, Math.floor(Math.log10(least)));
        double high = Math.pow(10, Math.ceil(Math.log10(most)));
        return new Axis(true, low, high > low ? high : 10 * low, begin, end);
    }

    double at(double value) {
        double share = logarithmic
                ? (Math.log10(value) - Math.log10(from)) / (Math.log10(to) - Math.log10(from))
                : (value - from) / (to - from);
        return begin + share * (end - begin);
    }

    /** Round values from one end to the other. */
    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        if (logarithmic) {
            for (double tick = from; tick <= to * 1.001; tick *= 10) {
                ticks.add(tick);
            }
        } else {
            double step = step(to);
            for (double tick = 0; tick <= to * 1.001; tick += step) {
                ticks.add(tick);
            }
        }
        return ticks;
    }

    static String name(double tick) {
        return tick >= 10 || tick == Math.rint(tick)
                ? String.format(Locale.ROOT, "%,.0f", tick)
                : String.format(Locale.ROOT, "%.2g", tick);
    }

    /** 1, 2 or 5 times a power of ten. */
    private static double step(double most) {
        double rough = Math.max(most, 1e-9) / (MOST_TICKS - 1);
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= rough) {
                return factor * power;
            }
        }
        return 10 * power;
    }
}
