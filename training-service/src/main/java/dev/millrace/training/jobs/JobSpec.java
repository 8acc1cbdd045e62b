package dev.millrace.training.jobs;

import dev.millrace.training.method.MethodChoice;
import dev.millrace.training.model.LoraSettings;
import dev.millrace.training.train.TrainingSettings;
import java.util.regex.Pattern;

/**
 * What a job is to do.
 *
 * @param model by its name
 * @param trainingFile within the service's folder of files
 * @param adapter its name once it is trained
 * @param tenant whose job it is
 * @param priority higher goes first among the waiting
 * @param longestTokens examples with a longer sequence are left out
 */
public record JobSpec(
        String model,
        String trainingFile,
        String adapter,
        String tenant,
        int priority,
        MethodChoice method,
        LoraSettings lora,
        TrainingSettings training,
        int longestTokens) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    public JobSpec {
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

    /** A name that is also a folder's: no way out of where it lies. */
    static void requireName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    what + " must be 1 to 64 letters, digits, dots, dashes and underscores, was \"" + name + "\"");
        }
    }
}
