package dev.millrace.training.jobs;

import dev.millrace.training.data.DataFormat;
import dev.millrace.training.data.DataSet;
import dev.millrace.training.method.MethodChoice;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.train.TrainingSettings;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * What a job is to do.
 *
 * @param model by its name
 * @param trainingFile within the service's folder of files
 * @param adapter its name once it is trained, or the model's
 * @param tenant whose job it is
 * @param priority higher goes first among the waiting
 * @param lora the adapter that is trained; empty where all weights are
 * @param longestTokens examples with a longer sequence are left out
 * @param validation held out of what is learnt
 * @param metadata the user's own words
 * @param format of the training file; empty for what the file itself says
 * @param mix general examples, against forgetting
 * @param samples how many prompts are asked at each look; empty for the usual
 */
public record JobSpec(
        String model,
        String trainingFile,
        String adapter,
        String tenant,
        int priority,
        MethodChoice method,
        Optional<LoraSettings> lora,
        TrainingSettings training,
        int longestTokens,
        Optional<Validation> validation,
        Map<String, String> metadata,
        Optional<DataFormat> format,
        Optional<Mix> mix,
        OptionalInt samples) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private static final int MOST_METADATA = 16;
    private static final int LONGEST_KEY = 64;
    private static final int LONGEST_VALUE = 512;
    /** Prompts of a validation file that are asked where nobody says how many. */
    private static final int USUAL_SAMPLES = 3;

    /**
     * General examples that are learnt beside the job's own.
     *
     * @param file within the service's folder of files
     * @param share of all examples: 0 to 0.9
     * @param format of the file; empty for what the file itself says
     */
    public record Mix(String file, double share, Optional<DataFormat> format) {
        private static final double HIGHEST_SHARE = 0.9;

        public Mix {
            format = format == null ? Optional.empty() : format;
            if (!(share >= 0 && share <= HIGHEST_SHARE)) {
                throw new IllegalArgumentException("mix_share must be 0 to " + HIGHEST_SHARE + ", was " + share);
            }
        }
    }

    /**
     * Examples that nothing is learnt from.
     *
     * @param file within the service's folder of files
     * @param every steps between two looks at them; empty for once an epoch
     * @param format of the file; empty for what the file itself says
     */
    public record Validation(String file, OptionalLong every, Optional<DataFormat> format) {
        public Validation {
            format = format == null ? Optional.empty() : format;
            if (every.isPresent() && every.getAsLong() < 1) {
                throw new IllegalArgumentException("evaluate_every must be 1 or more, was " + every.getAsLong());
            }
        }
    }

    public JobSpec {
        // of a job that was taken in before there were these
        validation = validation == null ? Optional.empty() : validation;
        metadata = metadata == null ? Map.of() : Map.copyOf(metadata);
        format = format == null ? Optional.empty() : format;
        mix = mix == null ? Optional.empty() : mix;
        samples = samples == null ? OptionalInt.empty() : samples;
        requireMetadata(metadata);
        requireSamples(samples, method);
        if (model.isEmpty()) {
            throw new IllegalArgumentException("model is empty, expected the name of one to train");
        }
        if (trainingFile.isEmpty()) {
            throw new IllegalArgumentException("training_file is empty, expected a file's name");
        }
        requireName("adapter", adapter);
        requireAnchor(training.options().anchor(), lora, mix);
        if (method.scores() && lora.isEmpty()) {
            throw new IllegalArgumentException(
                    "full_weights is true: a reward model is an adapter and a head, with it absent");
        }
        if (method.scores() && training.options().anchor().elastic() > 0) {
            throw new IllegalArgumentException("ewc is "
                    + training.options().anchor().elastic() + " with a reward model, which has no text to keep");
        }
        if (longestTokens < 2) {
            throw new IllegalArgumentException("max_tokens must be 2 or more, was " + longestTokens);
        }
    }

    private static void requireAnchor(TrainingSettings.Anchor anchor, Optional<LoraSettings> lora, Optional<Mix> mix) {
        if (anchor.elastic() > 0 && mix.isEmpty()) {
            throw new IllegalArgumentException(
                    "ewc is " + anchor.elastic() + ", and there is no mix_file that says what is to be kept");
        }
        if (anchor.distance() > 0 && lora.map(LoraSettings::form).equals(Optional.of(LoraSettings.Form.DORA))) {
            throw new IllegalArgumentException(
                    "l2_sp is " + anchor.distance() + " with DoRA, expected plain LoRA or full_weights");
        }
    }

    private static void requireSamples(OptionalInt samples, MethodChoice method) {
        int count = samples.orElse(0);
        if (count < 0 || count > DataSet.PROMPTS) {
            throw new IllegalArgumentException("samples must be 0 to " + DataSet.PROMPTS + ", was " + count);
        }
        if (count > 0 && method.scores()) {
            throw new IllegalArgumentException("samples is " + count + " with a reward model, which says nothing");
        }
    }

    /** How many prompts the model is asked at each look. */
    public int prompts() {
        return samples.orElse(validation.isPresent() && !method.scores() ? USUAL_SAMPLES : 0);
    }

    /** Whether what comes of it is a model of its own, and no adapter. */
    public boolean wholeModel() {
        return lora.isEmpty();
    }

    private static void requireMetadata(Map<String, String> metadata) {
        if (metadata.size() > MOST_METADATA) {
            throw new IllegalArgumentException(
                    "metadata may have " + MOST_METADATA + " keys at most, had " + metadata.size());
        }
        metadata.forEach((key, value) -> {
            if (key.isEmpty() || key.length() > LONGEST_KEY || value.length() > LONGEST_VALUE) {
                throw new IllegalArgumentException("metadata's keys may have " + LONGEST_KEY
                        + " characters at most, its values " + LONGEST_VALUE + "; had one with " + key.length()
                        + " and "
                        + value.length());
            }
        });
    }

    /** A name that is also a folder's: no way out of where it lies. */
    static void requireName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    what + " must be 1 to 64 letters, digits, dots, dashes and underscores, was \"" + name + "\"");
        }
    }
}
