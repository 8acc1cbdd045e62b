package dev.millrace.training.train;

import java.util.Map;

/**
 * What a step of the optimizer came to.
 *
 * @param step from 1
 * @param totalSteps of the run
 * @param trainedTokens since the run's start
 * @param metrics by TRL's names: loss, learning_rate, grad_norm, epoch, num_tokens and the method's own
 */
public record StepReport(long step, long totalSteps, long trainedTokens, Map<String, Double> metrics) {
    public StepReport {
        metrics = Map.copyOf(metrics);
    }
}
