package dev.millrace.standalone.models;

/** Next-token distributions, given as logits. */
final class Distributions {
    private Distributions() {}

    static double logSumExp(float[] logits) {
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - largest);
        }
        return largest + Math.log(sum);
    }

    /** The place of the largest, the first of several. */
    static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    /** Kullback-Leibler divergence of {@code other} from {@code exact}, in nats. */
    static double divergence(float[] exact, float[] other) {
        return divergence(exact, logSumExp(exact), other, logSumExp(other));
    }

    /** The same, where both sums are known. */
    static double divergence(float[] exact, double exactSum, float[] other, double otherSum) {
        double divergence = 0;
        for (int i = 0; i < exact.length; i++) {
            double logProbability = exact[i] - exactSum;
            divergence += Math.exp(logProbability) * (logProbability - (other[i] - otherSum));
        }
        return divergence;
    }
}
