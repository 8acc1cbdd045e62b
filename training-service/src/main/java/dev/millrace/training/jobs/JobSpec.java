package dev.millrace.training.jobs;

import dev.millrace.training.data.DataFormat;
import dev.millrace.training.method.MethodChoice;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.train.TrainingSettings;
import java.util.Map;
import java.util.Optional;
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
        Optional<DataFormat> format) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private static final int MOST_METADATA = 16;
    private static final int LONGEST_KEY = 64;
    private static final int LONGEST_VALUE = 512;

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
        requireMetadata(metadata);
        if (model.isEmpty()) {
            throw new IllegalArgumentException("model is empty, expected the name of one to train");
        }
        if (trainingFile.isEmpty()) {
            throw new IllegalArgumentException("training_file is empty, expected a file's name");
        }
        requireName("adapter", adapter);
        if (longestTokens < 2) {
            throw new IllegalArgumentException("max_tokens must be 2 or more, was " + longestTokens);
        }
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
