package dev.millrace.training.method;

import dev.millrace.training.model.TokenScores;
import java.util.List;
import java.util.Map;

/** A way of learning from examples. It sees log-probabilities alone, and says how the loss depends on each of them. */
public interface Method {
    /** How many sequences an example of it has. */
    int sequencesPerExample();

    /** Whether it compares with what the model thought before it was trained. */
    boolean needsReference();

    /**
     * The loss of some examples, as a part of a whole optimizer step's.
     *
     * @param examples what the model thinks of them now
     * @param totals of the step that these examples are a part of
     */
    Outcome evaluate(List<Judged> examples, StepTotals totals);

    /**
     * @param scores of each sequence of an example
     * @param reference log-probability of each, before training; empty where the method needs none
     */
    record Judged(List<TokenScores> scores, List<Double> reference) {
        public Judged {
            scores = List.copyOf(scores);
            reference = List.copyOf(reference);
        }
    }

    /**
     * @param scoredTokens of all sequences of the step
     * @param examples of the step
     */
    record StepTotals(long scoredTokens, int examples) {}

    /**
     * @param loss these examples' part of the step's loss: parts are added up
     * @param coefficients the loss's derivative by each log-probability: for each example, for each of its sequences one for
     *     each scored token
     * @param metrics by TRL's names
     */
    record Outcome(double loss, List<List<double[]>> coefficients, Map<String, Mean> metrics) {
        public Outcome {
            coefficients = List.copyOf(coefficients);
            metrics = Map.copyOf(metrics);
        }
    }
}
