package dev.millrace.training.method;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A reward model: one number for a text, higher for the chosen answer than for the rejected one. What it sees as a sequence's
 * only log-probability is its reward.
 *
 * @see <a href="https://arxiv.org/abs/2203.02155">Training language models to follow instructions, eq. 1</a>
 */
public final class RewardModeling implements Method {
    @Override
    public int sequencesPerExample() {
        return 2;
    }

    @Override
    public boolean needsReference() {
        return false;
    }

    @Override
    public Outcome evaluate(List<Judged> examples, StepTotals totals) {
        List<List<double[]>> coefficients = new ArrayList<>();
        Map<String, Mean> metrics = new LinkedHashMap<>();
        double loss = 0;
        for (Judged example : examples) {
            double chosen = example.scores().get(0).sum();
            double rejected = example.scores().get(1).sum();
            double margin = chosen - rejected;
            loss += loss(margin) / totals.examples();
            double slope = slope(margin) / totals.examples();
            coefficients.add(List.of(new double[] {slope}, new double[] {-slope}));
            metrics.merge("accuracy", Mean.of(margin > 0 ? 1 : 0), Mean::and);
            metrics.merge("margin", Mean.of(margin), Mean::and);
            metrics.merge("mean_reward", new Mean(chosen + rejected, 2), Mean::and);
        }
        return new Outcome(loss, coefficients, metrics);
    }

    /** {@code -log sigmoid(margin)}, for any margin. */
    static double loss(double margin) {
        return Logistic.softplus(-margin);
    }

    /** The loss's derivative by the margin. */
    static double slope(double margin) {
        return -Logistic.sigmoid(-margin);
    }
}
