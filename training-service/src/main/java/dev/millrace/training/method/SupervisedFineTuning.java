package dev.millrace.training.method;

import dev.millrace.training.model.TokenScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Cross entropy on the scored tokens: their mean over the whole accumulated step, so that a step doesn't depend on how it is
 * cut. Continued pre-training is the same with all tokens scored.
 */
public final class SupervisedFineTuning implements Method {
    @Override
    public int sequencesPerExample() {
        return 1;
    }

    @Override
    public boolean needsReference() {
        return false;
    }

    @Override
    public Outcome evaluate(List<Judged> examples, StepTotals totals) {
        List<List<double[]>> coefficients = new ArrayList<>();
        double loss = 0;
        Mean accuracy = new Mean(0, 0);
        for (Judged example : examples) {
            TokenScores scores = example.scores().getFirst();
            double[] each = new double[scores.logps().length];
            Arrays.fill(each, -1.0 / totals.scoredTokens());
            coefficients.add(List.of(each));
            loss -= scores.sum() / totals.scoredTokens();
            accuracy = accuracy.and(new Mean(scores.hits(), each.length));
        }
        return new Outcome(loss, coefficients, Map.of("mean_token_accuracy", accuracy));
    }
}
