package dev.millrace.inference.models;

import dev.millrace.inference.model.RotaryScaling;
import dev.millrace.inference.model.Setting;
import dev.millrace.inference.model.Settings;
import dev.millrace.inference.model.UnsupportedModelException;
import dev.millrace.kernels.compute.Gate;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/** A model's shape as a Hugging Face folder's {@code config.json} has it, in the forms that transformers 4 and 5 write. */
final class ConfigSettings implements Settings {
    private final Path path;
    private final JsonNode config;

    ConfigSettings(Path folder) throws IOException {
        this.path = folder.resolve("config.json");
        this.config = JsonFile.read(path);
        if (config.has("text_config")) {
            throw new UnsupportedModelException(
                    path, "describes a model of text and images, supported are those of text alone");
        }
        for (String key : List.of("final_logit_softcapping", "attn_logit_softcapping")) {
            if (config.path(key).isNumber()) {
                throw new UnsupportedModelException(
                        path, "has " + key + " " + config.path(key) + ", supported is none");
            }
        }
        if (config.path("use_bidirectional_attention").asBoolean(false)) {
            throw new UnsupportedModelException(path, "attends in both directions, supported are causal models");
        }
    }

    @Override
    public Format format() {
        return Format.HUGGING_FACE;
    }

    @Override
    public String architecture() throws IOException {
        JsonNode type = config.path("model_type");
        if (!type.isString()) {
            throw new MalformedFileException(path, "has no \"model_type\", expected an architecture's name");
        }
        return type.asString();
    }

    @Override
    public OptionalInt integer(Setting setting) throws IOException {
        boolean off =
                setting == Setting.WINDOW && !config.path("use_sliding_window").asBoolean(true);
        return off
                        || config.path(setting.huggingFace()).isMissingNode()
                        || config.path(setting.huggingFace()).isNull()
                ? OptionalInt.empty()
                : OptionalInt.of(required(setting));
    }

    @Override
    public int required(Setting setting) throws IOException {
        JsonNode value = config.path(setting.huggingFace());
        if (!value.isInt() || value.asInt() < 1) {
            throw new MalformedFileException(
                    path, "\"" + setting.huggingFace() + "\" is " + shown(value) + ", expected an integer above 0");
        }
        return value.asInt();
    }

    @Override
    public double number(Setting setting) throws IOException {
        return number(config, setting.huggingFace());
    }

    @Override
    public Optional<List<Reach>> reaches(int layers) throws IOException {
        JsonNode types = config.path("layer_types");
        if (types.isArray()) {
            return Optional.of(reachesOf(types, layers));
        }
        List<Reach> reaches = new ArrayList<>();
        if (config.path("sliding_window_pattern").isInt()) {
            int period = config.path("sliding_window_pattern").asInt();
            for (int i = 0; i < layers; i++) {
                reaches.add((i + 1) % period == 0 ? Reach.FULL : Reach.WINDOW);
            }
            return Optional.of(reaches);
        }
        if (config.path("max_window_layers").isInt()) {
            int firstWindowed = config.path("max_window_layers").asInt();
            for (int i = 0; i < layers; i++) {
                reaches.add(i < firstWindowed ? Reach.FULL : Reach.WINDOW);
            }
            return Optional.of(reaches);
        }
        return Optional.empty();
    }

    private List<Reach> reachesOf(JsonNode types, int layers) throws IOException {
        if (types.size() != layers) {
            throw new MalformedFileException(
                    path, "\"layer_types\" tells of " + types.size() + " layers, expected " + layers);
        }
        List<Reach> reaches = new ArrayList<>();
        for (JsonNode type : types) {
            reaches.add(
                    switch (type.asString()) {
                        case "full_attention" -> Reach.FULL;
                        case "sliding_attention" -> Reach.WINDOW;
                        default ->
                            throw new UnsupportedModelException(
                                    path,
                                    "has a layer of the type " + type
                                            + ", supported are full_attention and sliding_attention");
                    });
        }
        return reaches;
    }

    @Override
    public OptionalDouble rotaryBase(Reach reach) throws IOException {
        JsonNode base = rotary(reach).path("rope_theta");
        if (base.isNumber()) {
            return OptionalDouble.of(base.asDouble());
        }
        // transformers 4: beside everything else
        JsonNode own = config.path("rope_local_base_freq");
        JsonNode shared = config.path("rope_theta");
        if (reach == Reach.WINDOW && own.isNumber()) {
            return OptionalDouble.of(own.asDouble());
        }
        boolean ownBase = reach == Reach.WINDOW && "gemma3_text".equals(architecture());
        return shared.isNumber() && !ownBase ? OptionalDouble.of(shared.asDouble()) : OptionalDouble.empty();
    }

    @Override
    public RotaryScaling rotaryScaling(Reach reach) throws IOException {
        JsonNode rotary = rotary(reach);
        String type = rotary.path("rope_type").asString(rotary.path("type").asString("default"));
        return switch (type) {
            case "default" -> new RotaryScaling.None();
            case "linear" -> new RotaryScaling.Linear(number(rotary, "factor"));
            case "llama3" ->
                new RotaryScaling.Llama3(
                        number(rotary, "factor"),
                        number(rotary, "low_freq_factor"),
                        number(rotary, "high_freq_factor"),
                        number(rotary, "original_max_position_embeddings"));
            case "yarn" -> yarn(rotary);
            default ->
                throw new UnsupportedModelException(
                        path,
                        "scales rotary positions by \"" + type + "\", supported are default, linear, llama3 and yarn");
        };
    }

    private RotaryScaling yarn(JsonNode rotary) throws IOException {
        for (String key : List.of("mscale", "mscale_all_dim")) {
            if (rotary.has(key)) {
                throw new UnsupportedModelException(
                        path, "scales rotary positions with " + key + ", which is not known");
            }
        }
        double factor = number(rotary, "factor");
        JsonNode magnitude = rotary.path("attention_factor");
        return new RotaryScaling.Yarn(
                factor,
                number(rotary, "original_max_position_embeddings"),
                rotary.path("beta_fast").asDouble(32),
                rotary.path("beta_slow").asDouble(1),
                magnitude.isNumber() ? (float) magnitude.asDouble() : RotaryScaling.Yarn.recommendedMagnitude(factor));
    }

    /** What is said of a reach's rotation: by layer type, for all layers, or in the old form. */
    private JsonNode rotary(Reach reach) throws IOException {
        JsonNode parameters = config.path("rope_parameters");
        String type = reach == Reach.FULL ? "full_attention" : "sliding_attention";
        if (parameters.path(type).isObject()) {
            return parameters.path(type);
        }
        if (parameters.isObject()) {
            return parameters;
        }
        // the old form speaks of the layers that reach everything, where families tell them apart
        boolean apart = reach == Reach.WINDOW && "gemma3_text".equals(architecture());
        return config.path(apart ? "none" : "rope_scaling");
    }

    @Override
    public int rotated(int headSize) {
        double share = config.path("rope_parameters")
                .path("partial_rotary_factor")
                .asDouble(config.path("partial_rotary_factor").asDouble(1));
        return (int) (headSize * share);
    }

    @Override
    public OptionalDouble attentionScaleBase() {
        JsonNode base = config.path("query_pre_attn_scalar");
        return base.isNumber() ? OptionalDouble.of(base.asDouble()) : OptionalDouble.empty();
    }

    @Override
    public boolean tiedHead() throws IOException {
        JsonNode tied = config.path("tie_word_embeddings");
        // transformers leaves out what is its default: true for gemma, false for the others
        return tied.isBoolean() ? tied.asBoolean() : "gemma3_text".equals(architecture());
    }

    @Override
    public void requireGate(Gate gate) throws IOException {
        JsonNode activation =
                config.has("hidden_activation") ? config.path("hidden_activation") : config.path("hidden_act");
        String expected = switch (gate) {
            case SILU -> "silu";
            case GELU_TANH -> "gelu_pytorch_tanh";
        };
        if (activation.isString() && !activation.asString().equals(expected)) {
            throw new UnsupportedModelException(
                    path, "has the activation " + activation + ", supported for " + architecture() + " is " + expected);
        }
    }

    private double number(JsonNode parent, String key) throws MalformedFileException {
        JsonNode value = parent.path(key);
        if (!value.isNumber()) {
            throw new MalformedFileException(path, "\"" + key + "\" is " + shown(value) + ", expected a number");
        }
        return value.asDouble();
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? "missing" : value.toString();
    }
}
