package dev.millrace.training.jobs;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A job as it stands.
 *
 * @param startedAt when its worker made the first step of those that it reports
 * @param firstStepAt when the first step of all was told of
 * @param lastStepAt when the latest was
 * @param startStep the step before that one
 * @param errorCode empty for a job that has not failed
 */
public record Job(
        String id,
        JobSpec spec,
        JobStatus status,
        Instant createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> firstStepAt,
        Optional<Instant> lastStepAt,
        Optional<Instant> finishedAt,
        long startStep,
        long step,
        long totalSteps,
        long trainedTokens,
        String errorCode,
        String errorMessage) {
    /** The name under which the model is served once it is trained. */
    public String fineTunedModel() {
        if (status != JobStatus.SUCCEEDED) {
            return "";
        }
        return spec.wholeModel() || spec.method().scores() ? spec.adapter() : spec.model() + ":" + spec.adapter();
    }

    /** From the pace so far; empty while there is none. */
    public Optional<Instant> estimatedFinish(Instant now) {
        if (status != JobStatus.RUNNING || startedAt.isEmpty() || step <= startStep) {
            return Optional.empty();
        }
        Duration passed = Duration.between(startedAt.get(), now);
        return Optional.of(now.plus(passed.multipliedBy(totalSteps - step).dividedBy(step - startStep)));
    }
}
