package dev.millrace.standalone.bench;

import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * How long the ends of a job took, in seconds.
 *
 * @param toFirstStep from when the job was accepted until its first step was told of
 * @param toStore from when its last step was told of until its result lay in the model store
 */
public record TuningTimes(Optional<Double> toFirstStep, Optional<Double> toStore) {
    /** @param job OpenAI's object of it */
    public static TuningTimes of(JsonNode job) {
        JsonNode times = job.at("/millrace/times");
        boolean succeeded = job.path("status").asString("").equals("succeeded");
        return new TuningTimes(
                between(times, "accepted", "first_step"),
                succeeded ? between(times, "last_step", "finished") : Optional.empty());
    }

    private static Optional<Double> between(JsonNode times, String from, String to) {
        return times.path(from).isNumber() && times.path(to).isNumber()
                ? Optional.of(times.path(to).asDouble() - times.path(from).asDouble())
                : Optional.empty();
    }

    /** A line of what is known; empty where nothing is. */
    public String words() {
        return toFirstStep
                        .map(seconds -> "Accepted to first step: " + seconds(seconds))
                        .orElse("")
                + toStore.map(seconds -> "; last step to model store: " + seconds(seconds))
                        .orElse("");
    }

    /** For people. */
    public static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.2f s", seconds);
    }
}
