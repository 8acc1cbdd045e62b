package dev.millrace.inference.engine;

/**
 * How many tokens of prompts a step may compute beside sequences that generate, so that those wait for their next token at
 * most about 2.8 times as long as without, or 40 ms. Learns from the time that steps take; what is computed doesn't
 * depend on it, for a prompt gives the same however it is cut.
 *
 * @see <a href="https://arxiv.org/abs/2403.02310">Sarathi-Serve, section 4.3: the token budget</a>
 */
final class Pace {
    /** A prompt of some hundred tokens then takes under 1.5 times what it takes alone beside 16 others. */
    private static final double STRETCH = 2.8;

    /** A wait that no reader notices: a fast model's steps may take this long in any case, or prompts crawl. */
    private static final double UNNOTICED_NANOS = 40e6;

    /** Fewer rows make poor use of weights that are read anyway. */
    private static final int LEAST_TOKENS = 16;

    /** Of the latest measurement in the running mean. */
    private static final double WEIGHT = 0.3;

    private final int stepTokens;
    private double generatingNanos;
    private double promptTokenNanos;

    /** @param stepTokens the most that any step may compute */
    Pace(int stepTokens) {
        this.stepTokens = stepTokens;
    }

    /** How many tokens of prompts the next step may compute if it holds sequences that generate. */
    int promptTokens() {
        if (generatingNanos == 0 || promptTokenNanos == 0) {
            return stepTokens;
        }
        double stretched = Math.max(STRETCH * generatingNanos, UNNOTICED_NANOS);
        double affordable = (stretched - generatingNanos) / promptTokenNanos;
        return (int) Math.clamp(affordable, Math.min(LEAST_TOKENS, stepTokens), stepTokens);
    }

    /**
     * Notes how long a step took.
     *
     * @param generating tokens of sequences that generate
     * @param prompt tokens of prompts
     */
    void took(int generating, int prompt, long nanos) {
        if (prompt == 0) {
            generatingNanos = mean(generatingNanos, (double) nanos);
        } else if (generating == 0 && prompt >= LEAST_TOKENS) {
            promptTokenNanos = mean(promptTokenNanos, (double) nanos / prompt);
        } else if (generating > 0 && generatingNanos > 0) {
            // rows that share a step share its reads: beside others a prompt's token costs less than alone, never
            // nothing
            double own = Math.max(nanos - generatingNanos, 0.1 * nanos);
            promptTokenNanos = mean(promptTokenNanos, own / prompt);
        }
    }

    private static double mean(double before, double now) {
        return before == 0 ? now : before + WEIGHT * (now - before);
    }
}
