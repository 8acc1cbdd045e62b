package dev.millrace.inference.models;

import dev.millrace.inference.models.SamplingDefaults.Parameter;
import dev.millrace.inference.sample.InvalidParameterException;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import tools.jackson.databind.JsonNode;

/**
 * Reads the sampling that a model's files recommend: {@code general.sampling.*} of a GGUF file, or {@code
 * generation_config.json} of a Hugging Face folder. A value that can't be is left out, with a line in the log: a model is
 * of use without it.
 */
final class SamplingFiles {
    private static final Logger LOG = System.getLogger(SamplingFiles.class.getName());

    private SamplingFiles() {}

    static SamplingDefaults of(GgufFile file) {
        SamplingDefaults defaults = SamplingDefaults.NONE;
        for (Parameter parameter : Parameter.values()) {
            String key = "general.sampling." + parameter.ggufName();
            try {
                OptionalDouble value = file.metadata().number(key);
                if (value.isPresent()) {
                    defaults = defaults.with(parameter, value.getAsDouble());
                }
            } catch (MalformedFileException | InvalidParameterException e) {
                leftOut(file.path(), key, e);
            }
        }
        return defaults;
    }

    /** @throws IOException if the file is there and holds no JSON object */
    static SamplingDefaults of(Path folder) throws IOException {
        Path path = folder.resolve("generation_config.json");
        if (!Files.exists(path)) {
            return SamplingDefaults.NONE;
        }
        JsonNode config = JsonFile.read(path);
        SamplingDefaults defaults = SamplingDefaults.NONE;
        for (Parameter parameter : Parameter.values()) {
            JsonNode value = config.path(parameter.label());
            if (value.isMissingNode() || value.isNull()) {
                continue;
            }
            try {
                defaults = defaults.with(parameter, number(parameter, value));
            } catch (InvalidParameterException e) {
                leftOut(path, parameter.label(), e);
            }
        }
        return greedy(config) ? defaults.with(Parameter.TEMPERATURE, 0) : defaults;
    }

    /** In so many words: what transformers assumes where the key is absent is no wish of the model's makers. */
    private static boolean greedy(JsonNode config) {
        JsonNode sampled = config.path("do_sample");
        return sampled.isBoolean() && !sampled.asBoolean();
    }

    private static double number(Parameter parameter, JsonNode value) {
        if (!value.isNumber()) {
            throw new InvalidParameterException(parameter.label(), "must be a number", value);
        }
        return value.asDouble();
    }

    private static void leftOut(Path path, String key, Exception reason) {
        LOG.log(Level.WARNING, "{0}: the sampling default {1} is left out: {2}", path, key, reason.getMessage());
    }
}
