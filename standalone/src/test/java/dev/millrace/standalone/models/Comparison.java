package dev.millrace.standalone.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;

/** What comparing a model with its goldens gives, added up over prompts. */
final class Comparison {
    private double largestDifference;
    private int ties;
    private double divergences;
    private double largestDivergence;
    private int positions;
    private long kept;
    private long keptByLlamaCpp;
    private long answerTokens;

    void logits(String where, float[] actual, int[] ids, float[] expected, float tolerance) {
        for (int i = 0; i < ids.length; i++) {
            float difference = Math.abs(actual[ids[i]] - expected[i]);
            assertThat(difference)
                    .as("%s, logit of %d: %f, expected %f", where, ids[i], actual[ids[i]], expected[i])
                    .isLessThan(tolerance);
            largestDifference = Math.max(largestDifference, difference);
        }
    }

    void tie() {
        ties++;
    }

    void divergence(double divergence) {
        divergences += divergence;
        largestDivergence = Math.max(largestDivergence, divergence);
        positions++;
    }

    void kept(int ours, int llamaCpp, int length) {
        kept += ours;
        keptByLlamaCpp += llamaCpp;
        answerTokens += length;
    }

    double meanDivergence() {
        return divergences / positions;
    }

    /** Of the greedy answers' tokens, those before the first that differs. */
    double keptShare() {
        return (double) kept / answerTokens;
    }

    double keptShareOfLlamaCpp() {
        return (double) keptByLlamaCpp / answerTokens;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "logits within %.1e of transformers', %d near ties; 8-bit activations: divergence %.5f (largest %.3f)"
                        + " over %d positions, %.1f %% of %d greedy tokens kept (llama.cpp %.1f %%)",
                largestDifference,
                ties,
                meanDivergence(),
                largestDivergence,
                positions,
                100 * keptShare(),
                answerTokens,
                100 * keptShareOfLlamaCpp());
    }
}
