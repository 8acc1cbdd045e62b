package dev.millrace.inference.engine;

/** How several tokens of one answer may come from one step. The tokens are the same, bit by bit, in either case. */
public enum Speculation {
    /** Tokens that followed before, in the prompt or the answer, where the text was as it is now are tried ahead. */
    LOOKUP(8),
    OFF(0);

    private final int stepTokens;

    Speculation(int stepTokens) {
        this.stepTokens = stepTokens;
    }

    /** The most tokens of a step with drafts. */
    int stepTokens() {
        return stepTokens;
    }
}
