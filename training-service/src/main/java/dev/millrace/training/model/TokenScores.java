package dev.millrace.training.model;

/**
 * How likely the model finds the scored tokens of one sequence.
 *
 * @param logps log-probability of each scored token, given all before it
 * @param hits how many of them were the likeliest
 * @param meanLogit over the vocabulary and all scored tokens
 */
@SuppressWarnings("ArrayRecordComponent") // thousands of numbers a step, read once
public record TokenScores(double[] logps, int hits, double meanLogit) {
    /** The sequence's log-probability. */
    public double sum() {
        double sum = 0;
        for (double logp : logps) {
            sum += logp;
        }
        return sum;
    }
}
