package dev.millrace.standalone.bench;

/** How two servers compare. */
final class Ratio {
    private Ratio() {}

    /**
     * Above 1 where the first is better.
     *
     * @param higherIsBetter rates are, times aren't
     */
    static double of(double first, double second, boolean higherIsBetter) {
        return higherIsBetter ? first / second : second / first;
    }
}
