package dev.millrace.training.method;

import dev.millrace.training.model.TokenScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * DPO: the chosen answer becomes likelier than the rejected one, measured against what the model thought before.
 *
 * @see <a href="https://arxiv.org/abs/2305.18290">Direct preference optimization, eq. 7</a>
 */
public final class DirectPreference implements Method {
    /** How the difference of the two log-ratios becomes a loss. */
    public enum Loss {
        SIGMOID,
        HINGE,
        /** @see <a href="https://arxiv.org/abs/2310.12036">IPO, eq. 17</a>: over log-ratios per token */
        IPO
    }

    /**
     * @param beta how strongly departing from the reference counts
     * @param labelSmoothing the share of preferences that are thought to be the wrong way round; for the sigmoid alone
     * @param referenceFree every answer was as likely before
     */
    public record Settings(Loss loss, double beta, double labelSmoothing, boolean referenceFree) {
        public Settings {
            if (!(beta > 0 && beta < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("beta must be above 0, was " + beta);
            }
            if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
                throw new IllegalArgumentException(
                        "label smoothing must be 0 or more and below 0.5, was " + labelSmoothing);
            }
            if (labelSmoothing > 0 && loss != Loss.SIGMOID) {
                throw new IllegalArgumentException("label smoothing goes with the sigmoid loss alone, was " + loss);
            }
        }
    }

    private final Settings settings;

    public DirectPreference(Settings settings) {
        this.settings = settings;
    }

    @Override
    public int sequencesPerExample() {
        return 2;
    }

    @Override
    public boolean needsReference() {
        return !settings.referenceFree;
    }

    @Override
    public Outcome evaluate(List<Judged> examples, StepTotals totals) {
        List<List<double[]>> coefficients = new ArrayList<>();
        Map<String, Mean> metrics = new LinkedHashMap<>();
        double loss = 0;
        for (Judged example : examples) {
            TokenScores chosen = example.scores().get(0);
            TokenScores rejected = example.scores().get(1);
            double chosenRatio =
                    chosen.sum() - (needsReference() ? example.reference().get(0) : 0);
            double rejectedRatio =
                    rejected.sum() - (needsReference() ? example.reference().get(1) : 0);
            boolean perToken = settings.loss == Loss.IPO;
            double chosenShare = perToken ? 1.0 / chosen.logps().length : 1;
            double rejectedShare = perToken ? 1.0 / rejected.logps().length : 1;
            double delta = chosenRatio * chosenShare - rejectedRatio * rejectedShare;
            loss += loss(delta) / totals.examples();
            double slope = slope(delta) / totals.examples();
            coefficients.add(List.of(
                    filled(chosen.logps().length, slope * chosenShare),
                    filled(rejected.logps().length, -slope * rejectedShare)));
            describe(metrics, chosen, rejected, settings.beta * chosenRatio, settings.beta * rejectedRatio);
        }
        return new Outcome(loss, coefficients, metrics);
    }

    /** @param delta the chosen answer's log-ratio less the rejected one's */
    double loss(double delta) {
        double logit = settings.beta * delta;
        double smoothing = settings.labelSmoothing;
        return switch (settings.loss) {
            case SIGMOID -> (1 - smoothing) * Logistic.softplus(-logit) + smoothing * Logistic.softplus(logit);
            case HINGE -> Math.max(0, 1 - logit);
            case IPO -> Math.pow(delta - 1 / (2 * settings.beta), 2);
        };
    }

    /** The loss's derivative by delta. */
    double slope(double delta) {
        double logit = settings.beta * delta;
        return switch (settings.loss) {
            case SIGMOID -> settings.beta * (Logistic.sigmoid(logit) - (1 - settings.labelSmoothing));
            case HINGE -> logit < 1 ? -settings.beta : 0;
            case IPO -> 2 * (delta - 1 / (2 * settings.beta));
        };
    }

    private static void describe(
            Map<String, Mean> metrics,
            TokenScores chosen,
            TokenScores rejected,
            double chosenReward,
            double rejectedReward) {
        Map<String, Double> values = Map.of(
                "rewards/chosen",
                chosenReward,
                "rewards/rejected",
                rejectedReward,
                "rewards/accuracies",
                chosenReward > rejectedReward ? 1.0 : 0.0,
                "rewards/margins",
                chosenReward - rejectedReward,
                "logps/chosen",
                chosen.sum(),
                "logps/rejected",
                rejected.sum());
        values.forEach((name, value) -> metrics.merge(name, Mean.of(value), Mean::and));
        metrics.merge("mean_token_accuracy", new Mean(chosen.hits(), chosen.logps().length), Mean::and);
        merge(metrics, "logits/chosen", chosen);
        merge(metrics, "logits/rejected", rejected);
    }

    /** Over tokens, as TRL has it. */
    private static void merge(Map<String, Mean> metrics, String name, TokenScores scores) {
        int tokens = scores.logps().length;
        metrics.merge(name, new Mean(scores.meanLogit() * tokens, tokens), Mean::and);
    }

    private static double[] filled(int length, double value) {
        double[] array = new double[length];
        Arrays.fill(array, value);
        return array;
    }
}
