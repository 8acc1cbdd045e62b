package dev.millrace.standalone.models;

import java.util.List;
import java.util.Locale;

/**
 * What a model loses by the way it is served, against exact arithmetic on the same weights and ids.
 *
 * @param tokens that were scored
 * @param ratio served perplexity by exact perplexity
 * @param ratioError one standard error of the ratio's logarithm: what the choice of the text is worth
 * @param meanDivergence of next-token distributions, in nats
 * @param largeDivergence the 99th percentile
 * @param sameBest share of tokens of which both would pick the same next one
 */
record Quality(
        int tokens,
        double exactPerplexity,
        double servedPerplexity,
        double ratio,
        double ratioError,
        double meanDivergence,
        double largeDivergence,
        double sameBest) {
    static Quality of(List<ScoredToken> tokens) {
        int count = tokens.size();
        double exact = mean(tokens.stream().mapToDouble(ScoredToken::exactLoss).toArray());
        double served =
                mean(tokens.stream().mapToDouble(ScoredToken::servedLoss).toArray());
        double[] squares = tokens.stream()
                .mapToDouble(token -> token.servedLoss() - token.exactLoss() - (served - exact))
                .map(difference -> difference * difference)
                .toArray();
        double[] divergences =
                tokens.stream().mapToDouble(ScoredToken::divergence).sorted().toArray();
        return new Quality(
                count,
                Math.exp(exact),
                Math.exp(served),
                Math.exp(served - exact),
                Math.sqrt(mean(squares) / (count - 1)),
                mean(divergences),
                percentile(divergences, 0.99),
                (double) tokens.stream().filter(ScoredToken::sameBest).count() / count);
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** Between the two values that are nearest, as llama-perplexity has it. */
    private static double percentile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d tokens scored; perplexity exact %.4f, served %.4f, ratio %.5f +- %.5f;"
                        + " divergence mean %.6f, 99 %% %.5f; same best token %.2f %%",
                tokens,
                exactPerplexity,
                servedPerplexity,
                ratio,
                ratioError,
                meanDivergence,
                largeDivergence,
                100 * sameBest);
    }
}
