package dev.millrace.training.method;

/** The logistic function and its logarithm, for any argument. */
final class Logistic {
    private Logistic() {}

    /** log(1 + e^x): {@code -log sigmoid(-x)}. */
    static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
