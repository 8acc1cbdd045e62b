package dev.millrace.training.jobs;

import java.time.Instant;
import java.util.Map;

/**
 * Something that happened to a job.
 *
 * @param number rises with time, over all jobs
 * @param status of the job then
 * @param message for people; empty for a step's metrics
 * @param step 0 for what is no step
 * @param metrics by TRL's names
 */
public record JobEvent(
        long number,
        String jobId,
        Instant at,
        JobStatus status,
        String message,
        long step,
        Map<String, Double> metrics) {
    public JobEvent {
        metrics = Map.copyOf(metrics);
    }
}
