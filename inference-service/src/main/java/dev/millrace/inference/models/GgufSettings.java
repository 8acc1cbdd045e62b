package dev.millrace.inference.models;

import dev.millrace.inference.model.RotaryScaling;
import dev.millrace.inference.model.Setting;
import dev.millrace.inference.model.Settings;
import dev.millrace.inference.model.UnsupportedModelException;
import dev.millrace.kernels.compute.Gate;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.GgufMetadata;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A model's shape as a GGUF file's metadata has it. */
final class GgufSettings implements Settings {
    private final GgufFile file;
    private final GgufMetadata metadata;

    GgufSettings(GgufFile file) {
        this.file = file;
        this.metadata = file.metadata();
    }

    @Override
    public Format format() {
        return Format.GGUF;
    }

    @Override
    public String architecture() throws IOException {
        return metadata.requiredString("general.architecture");
    }

    @Override
    public OptionalInt integer(Setting setting) throws IOException {
        return metadata.has(key(setting.gguf())) ? OptionalInt.of(required(setting)) : OptionalInt.empty();
    }

    @Override
    public int required(Setting setting) throws IOException {
        return metadata.requiredInteger(key(setting.gguf()), 1, Integer.MAX_VALUE);
    }

    @Override
    public double number(Setting setting) throws IOException {
        return metadata.requiredNumber(key(setting.gguf()));
    }

    @Override
    public Optional<List<Reach>> reaches(int layers) throws IOException {
        String key = key("attention.sliding_window_pattern");
        if (!metadata.has(key)) {
            return Optional.empty();
        }
        List<Reach> reaches = new ArrayList<>();
        OptionalLong period = integerOrEmpty(key);
        if (period.isPresent()) {
            for (int i = 0; i < layers; i++) {
                reaches.add((i + 1) % period.getAsLong() == 0 ? Reach.FULL : Reach.WINDOW);
            }
            return Optional.of(reaches);
        }
        boolean[] windowed = metadata.flags(key).orElseThrow();
        if (windowed.length != layers) {
            throw new MalformedFileException(
                    file.path(), "key \"" + key + "\" tells of " + windowed.length + " layers, expected " + layers);
        }
        for (boolean window : windowed) {
            reaches.add(window ? Reach.WINDOW : Reach.FULL);
        }
        return Optional.of(reaches);
    }

    private OptionalLong integerOrEmpty(String key) {
        try {
            return metadata.integer(key);
        } catch (MalformedFileException _) {
            return OptionalLong.empty(); // an array: one flag for each layer
        }
    }

    @Override
    public OptionalDouble rotaryBase(Reach reach) throws IOException {
        // models whose windowed layers have a base of their own name it; in the others this key is absent
        OptionalDouble windowed = metadata.number(key("rope.freq_base_swa"));
        if (reach == Reach.WINDOW && (windowed.isPresent() || "gemma3".equals(architecture()))) {
            return windowed;
        }
        return metadata.number(key("rope.freq_base"));
    }

    @Override
    public RotaryScaling rotaryScaling(Reach reach) throws IOException {
        String type = metadata.string(key("rope.scaling.type")).orElse("none");
        double factor = metadata.number(key("rope.scaling.factor"))
                .orElse(metadata.number(key("rope.scale_linear")).orElse(1));
        if ((reach == Reach.WINDOW && "gemma3".equals(architecture())) || factor == 1 || factor == 0) {
            return new RotaryScaling.None();
        }
        return switch (type) {
            // the old key knows no other type
            case "none" ->
                metadata.has(key("rope.scaling.type")) ? new RotaryScaling.None() : new RotaryScaling.Linear(factor);
            case "linear" -> new RotaryScaling.Linear(factor);
            case "yarn" ->
                new RotaryScaling.Yarn(
                        factor,
                        metadata.requiredNumber(key("rope.scaling.original_context_length")),
                        metadata.number(key("rope.scaling.yarn_beta_fast")).orElse(32),
                        metadata.number(key("rope.scaling.yarn_beta_slow")).orElse(1),
                        RotaryScaling.Yarn.recommendedMagnitude(factor)
                                * (float) metadata.number(key("rope.scaling.attn_factor"))
                                        .orElse(1));
            default ->
                throw new UnsupportedModelException(
                        file.path(),
                        "scales rotary positions by \"" + type + "\", supported are none, linear, yarn and the factors"
                                + " of rope_freqs.weight");
        };
    }

    @Override
    public int rotated(int headSize) throws IOException {
        return metadata.has(key("rope.dimension_count"))
                ? metadata.requiredInteger(key("rope.dimension_count"), 2, headSize)
                : headSize;
    }

    @Override
    public OptionalDouble attentionScaleBase() throws IOException {
        OptionalDouble scale = metadata.number(key("attention.scale"));
        return scale.isPresent()
                ? OptionalDouble.of(1 / (scale.getAsDouble() * scale.getAsDouble()))
                : OptionalDouble.empty();
    }

    @Override
    public boolean tiedHead() {
        return false; // a file without a head has a tied one
    }

    @Override
    public void requireGate(Gate gate) {
        // GGUF files don't name it: it belongs to the architecture
    }

    private String key(String rest) throws MalformedFileException {
        return metadata.requiredString("general.architecture") + "." + rest;
    }
}
