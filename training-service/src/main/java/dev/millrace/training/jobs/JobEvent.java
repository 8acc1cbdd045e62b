package dev.millrace.training.jobs;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Something that happened to a job.
 *
 * @param number rises with time, over all jobs
 * @param status of the job then
 * @param message for people; empty for a step's metrics
 * @param step 0 for what is no step, and for a sample of the model as it was
 * @param metrics by TRL's names
 * @param sample what the model says after the step
 */
public record JobEvent(
        long number,
        String jobId,
        Instant at,
        JobStatus status,
        String message,
        long step,
        Map<String, Double> metrics,
        Optional<Sample> sample) {
    /**
     * What the model says.
     *
     * @param prompt as a person reads it
     * @param wanted the example's answer
     */
    public record Sample(String prompt, String wanted, String answer) {}

    public JobEvent {
        metrics = Map.copyOf(metrics);
    }
}
