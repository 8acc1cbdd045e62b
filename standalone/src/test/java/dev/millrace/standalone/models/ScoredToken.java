package dev.millrace.standalone.models;

/**
 * What two readings of one model say of the token that comes next.
 *
 * @param exactLoss of the token that did come, in nats, by exact arithmetic
 * @param servedLoss the same, as the model is served
 * @param divergence Kullback-Leibler, of the served distribution from the exact one, in nats
 * @param sameBest whether both would pick the same token
 */
record ScoredToken(double exactLoss, double servedLoss, double divergence, boolean sameBest) {
    static ScoredToken of(float[] exact, float[] served, int next) {
        double exactSum = Distributions.logSumExp(exact);
        double servedSum = Distributions.logSumExp(served);
        return new ScoredToken(
                exactSum - exact[next],
                servedSum - served[next],
                Distributions.divergence(exact, exactSum, served, servedSum),
                Distributions.best(exact) == Distributions.best(served));
    }
}
