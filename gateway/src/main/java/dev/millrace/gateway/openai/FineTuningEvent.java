package dev.millrace.gateway.openai;

import dev.millrace.contracts.v1.TrainingEvent;
import dev.millrace.gateway.request.Refusal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * OpenAI's object of something that happened to a job.
 *
 * @param type what OpenAI knows: a sample is a message with data
 * @param data of a step: OpenAI's names and TRL's; of a sample: step, prompt, wanted and answer; else empty
 */
record FineTuningEvent(
        String object, String id, long createdAt, String level, String message, String type, Map<String, Object> data) {
    private static final String PREFIX = "ftevent-";
    private static final String METRICS = "metrics";

    static FineTuningEvent of(TrainingEvent event) {
        boolean step = isStep(event);
        return new FineTuningEvent(
                "fine_tuning.job.event",
                PREFIX + event.getNumber(),
                event.getAtMillis() / 1_000,
                event.getStatus().equals("failed") ? "error" : "info",
                step ? words(event) : event.getMessage(),
                step ? METRICS : "message",
                step ? data(event) : event.hasSample() ? sample(event) : Map.of());
    }

    /** Whether it tells of what a step measured. */
    static boolean isStep(TrainingEvent event) {
        return event.getType().equals(METRICS);
    }

    private static Map<String, Object> sample(TrainingEvent event) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("step", event.getStep());
        data.put("prompt", event.getSample().getPrompt());
        data.put("wanted", event.getSample().getWanted());
        data.put("answer", event.getSample().getAnswer());
        return data;
    }

    private static String words(TrainingEvent event) {
        Map<String, Double> metrics = event.getMetricsMap();
        return String.format(
                Locale.ROOT,
                "Step %d/%.0f: training loss=%.4f",
                event.getStep(),
                metrics.getOrDefault("total_steps", 0.0),
                metrics.getOrDefault("loss", Double.NaN));
    }

    /** A step's numbers by OpenAI's names, then by TRL's. */
    static Map<String, Object> data(TrainingEvent event) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("step", event.getStep());
        Map<String, Double> metrics = event.getMetricsMap();
        data.put("total_steps", metrics.getOrDefault("total_steps", 0.0).longValue());
        data.putAll(Checkpoints.metrics(metrics));
        metrics.keySet().stream()
                .sorted()
                .filter(name -> !name.equals("total_steps"))
                .forEach(name -> data.put(name, metrics.get(name)));
        return data;
    }

    /** OpenAI's names of what the service tells by TRL's. */
    static final class Checkpoints {
        private static final Map<String, String> NAMES = Map.of(
                "loss", "train_loss",
                "mean_token_accuracy", "train_mean_token_accuracy",
                "eval_loss", "full_valid_loss",
                "eval_mean_token_accuracy", "full_valid_mean_token_accuracy");

        private Checkpoints() {}

        static Map<String, Double> metrics(Map<String, Double> trl) {
            Map<String, Double> metrics = new LinkedHashMap<>();
            NAMES.keySet().stream()
                    .sorted()
                    .filter(trl::containsKey)
                    .forEach(name -> metrics.put(NAMES.get(name), trl.get(name)));
            return metrics;
        }
    }

    /** The number in an event's id. */
    static long number(String id) {
        try {
            if (id.startsWith(PREFIX)) {
                return Long.parseLong(id.substring(PREFIX.length()));
            }
        } catch (NumberFormatException _) {
            // the same words
        }
        throw Refusal.invalid("after", "after must be an event's id (" + PREFIX + "...), was " + Fields.shorten(id))
                .exception();
    }
}
