package dev.millrace.training.train;

import java.util.List;
import java.util.Map;

/**
 * What a step of the optimizer came to.
 *
 * @param step from 1
 * @param totalSteps of the run
 * @param trainedTokens since the run's start
 * @param metrics by TRL's names: loss, learning_rate, grad_norm, epoch, num_tokens and the method's own
 * @param answers to prompts, where the step ended in a look
 */
public record StepReport(
        long step, long totalSteps, long trainedTokens, Map<String, Double> metrics, List<Answer> answers) {
    public StepReport {
        answers = List.copyOf(answers);
        metrics = Map.copyOf(metrics);
    }
}
