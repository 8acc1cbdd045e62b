package dev.millrace.training.model;

import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.SafetensorsFolder;
import dev.millrace.kernels.weights.WeightFile;
import dev.millrace.training.model.ModelConfig.Layer;
import dev.millrace.training.model.Rotary.Scaling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A model in a folder as Hugging Face has it, with a {@code config.json} as transformers 4 or 5 writes it. */
final class FolderModel implements ModelFile {
    private final SafetensorsFolder weights;
    private final Path path;
    private final JsonNode json;
    private final Architecture architecture;
    private final ModelConfig config;

    private FolderModel(Path folder, SafetensorsFolder weights) throws IOException {
        this.weights = weights;
        this.path = folder.resolve("config.json");
        try {
            this.json = JsonMapper.shared().readTree(path.toFile());
        } catch (JacksonException broken) {
            throw new MalformedFileException(path, "is no JSON: " + broken.getOriginalMessage());
        }
        for (String trait : List.of("text_config", "final_logit_softcapping", "attn_logit_softcapping")) {
            if (json.hasNonNull(trait)) {
                throw new UnsupportedModelException(path, "has \"" + trait + "\", supported are models without");
            }
        }
        String name = json.path("model_type").asString("");
        this.architecture = Architecture.of(path, name);
        this.config = read(name);
    }

    static FolderModel open(Path folder) throws IOException {
        SafetensorsFolder weights = SafetensorsFolder.open(folder);
        try {
            return new FolderModel(folder, weights);
        } catch (IOException | RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private ModelConfig read(String name) throws IOException {
        int width = required("hidden_size");
        int heads = required("num_attention_heads");
        int headSize = json.path("head_dim").asInt(width / heads);
        if (json.path("partial_rotary_factor").asDouble(1) != 1) {
            throw new UnsupportedModelException(path, "turns a part of each head, supported is all of it");
        }
        double scaleBase = json.path("query_pre_attn_scalar").asDouble(headSize);
        return new ModelConfig(
                name,
                width,
                required("intermediate_size"),
                required("max_position_embeddings"),
                heads,
                json.path("num_key_value_heads").asInt(heads),
                headSize,
                1 / Math.sqrt(scaleBase),
                json.path("rms_norm_eps").asDouble(1e-6),
                architecture.gate(),
                architecture.embeddingScale(width),
                architecture.headNorms(),
                architecture.postNorms(),
                layers(required("num_hidden_layers")));
    }

    private int required(String key) throws MalformedFileException {
        JsonNode value = json.path(key);
        if (!value.isInt() || value.asInt() < 1) {
            throw new MalformedFileException(path, "\"" + key + "\" is " + value + ", expected an integer above 0");
        }
        return value.asInt();
    }

    private List<Layer> layers(int count) throws IOException {
        boolean off = !json.path("use_sliding_window").asBoolean(true);
        int window = off ? 0 : json.path("sliding_window").asInt(0);
        List<Layer> layers = new ArrayList<>();
        for (int layer = 0; layer < count; layer++) {
            boolean windowed = window > 0 && windowed(layer);
            layers.add(new Layer(windowed ? window : 0, rotary(windowed)));
        }
        return layers;
    }

    private boolean windowed(int layer) {
        JsonNode types = json.path("layer_types");
        if (types.isArray()) {
            return "sliding_attention".equals(types.path(layer).asString(""));
        }
        if (json.path("sliding_window_pattern").isInt()) {
            return (layer + 1) % json.path("sliding_window_pattern").asInt() != 0;
        }
        if (json.path("max_window_layers").isInt()) {
            return layer >= json.path("max_window_layers").asInt();
        }
        return architecture.windowed(layer);
    }

    private Rotary rotary(boolean windowed) throws IOException {
        JsonNode parameters = json.path("rope_parameters");
        JsonNode own = parameters.path(windowed ? "sliding_attention" : "full_attention");
        JsonNode said = own.isObject() ? own : parameters.isObject() ? parameters : json.path("rope_scaling");
        boolean apart = windowed && architecture == Architecture.GEMMA3;
        double shared = json.path("rope_theta").asDouble(10_000);
        double base = said.path("rope_theta")
                .asDouble(
                        apart ? json.path("rope_local_base_freq").asDouble(architecture.windowedBase(shared)) : shared);
        // transformers 4 speaks of the layers without a window alone
        return new Rotary(base, apart && !own.isObject() ? new Scaling.None() : scaling(said));
    }

    private Scaling scaling(JsonNode said) throws IOException {
        String type = said.path("rope_type").asString(said.path("type").asString("default"));
        return switch (type) {
            case "default" -> new Scaling.None();
            case "linear" -> new Scaling.Linear(said.path("factor").asDouble());
            case "llama3" ->
                new Scaling.Llama3(
                        said.path("factor").asDouble(),
                        said.path("low_freq_factor").asDouble(),
                        said.path("high_freq_factor").asDouble(),
                        said.path("original_max_position_embeddings").asDouble());
            default ->
                throw new UnsupportedModelException(
                        path, "scales rotary positions by \"" + type + "\", supported are default, linear and llama3");
        };
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public WeightFile weights() {
        return weights;
    }

    @Override
    public String nameInFile(String name) {
        return name;
    }

    @Override
    public OptionalInt endToken() {
        // some models have several: the first one ends a text
        JsonNode end = json.path("eos_token_id");
        JsonNode first = end.isArray() ? end.path(0) : end;
        return first.isInt() ? OptionalInt.of(first.asInt()) : OptionalInt.empty();
    }

    @Override
    public float normOffset() {
        return architecture == Architecture.GEMMA3 ? 1 : 0;
    }

    @Override
    public boolean neighboursTurn() {
        return false;
    }
}
