package dev.millrace.inference.schedule;

/**
 * What one step may hold.
 *
 * @param stepTokens tokens of all sequences together
 * @param stepResults rows of logits or hidden states of all sequences together: a row of logits takes up to a megabyte
 * @param running sequences that run at once
 * @param draftedTokens tokens of all sequences together up to which a step's rest may go to drafts; 0 for no drafts
 */
public record Limits(int stepTokens, int stepResults, int running, int draftedTokens) {
    public Limits {
        if (running < 1) {
            throw new IllegalArgumentException("at least one sequence must be able to run, was " + running);
        }
        if (stepTokens < running || stepResults < running) {
            throw new IllegalArgumentException("a step must have room for a token and a result of each of " + running
                    + " running sequences, was " + stepTokens + " tokens and " + stepResults + " results");
        }
        if (draftedTokens < 0) {
            throw new IllegalArgumentException("a step may hold 0 or more tokens with drafts, was " + draftedTokens);
        }
    }

    /** Without drafts. */
    public Limits(int stepTokens, int stepResults, int running) {
        this(stepTokens, stepResults, running, 0);
    }
}
