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

    /** Kullback-Leibler divergence of {@code other} from {@code exact}, in nats. */
    static double divergence(float[] exact, float[] other) {
        double exactSum = logSumExp(exact);
        double otherSum = logSumExp(other);
        double divergence = 0;
        for (int i = 0; i < exact.length; i++) {
            double logProbability = exact[i] - exactSum;
            divergence += Math.exp(logProbability) * (logProbability - (other[i] - otherSum));
        }
        return divergence;
    }
}
