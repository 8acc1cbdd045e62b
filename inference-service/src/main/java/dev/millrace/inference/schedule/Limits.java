package dev.millrace.inference.schedule;

/**
 * What one step may hold.
 *
 * @param stepTokens tokens of all sequences together
 * @param stepResults rows of logits or hidden states of all sequences together: a row of logits takes up to a megabyte
 * @param running sequences that run at once
 */
public record Limits(int stepTokens, int stepResults, int running) {
    public Limits {
        if (running < 1) {
            throw new IllegalArgumentException("at least one sequence must be able to run, was " + running);
        }
        if (stepTokens < running || stepResults < running) {
            throw new IllegalArgumentException("a step must have room for a token and a result of each of " + running
                    + " running sequences, was " + stepTokens + " tokens and " + stepResults + " results");
        }
    }
}
