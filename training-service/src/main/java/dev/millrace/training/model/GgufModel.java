package dev.millrace.training.model;

import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.GgufMetadata;
import dev.millrace.kernels.weights.WeightFile;
import dev.millrace.training.model.ModelConfig.Layer;
import dev.millrace.training.model.Rotary.Scaling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A model in a GGUF file. */
final class GgufModel implements ModelFile {
    private static final Map<String, String> PARTS = Map.ofEntries(
            Map.entry("self_attn.q_proj", "attn_q"),
            Map.entry("self_attn.k_proj", "attn_k"),
            Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.o_proj", "attn_output"),
            Map.entry("self_attn.q_norm", "attn_q_norm"),
            Map.entry("self_attn.k_norm", "attn_k_norm"),
            Map.entry("input_layernorm", "attn_norm"),
            Map.entry("mlp.gate_proj", "ffn_gate"),
            Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.down_proj", "ffn_down"),
            Map.entry("pre_feedforward_layernorm", "ffn_norm"),
            Map.entry("post_feedforward_layernorm", "post_ffw_norm"));

    private final GgufFile file;
    private final Architecture architecture;
    private final ModelConfig config;

    private GgufModel(GgufFile file) throws IOException {
        this.file = file;
        String name = file.metadata().requiredString("general.architecture");
        this.architecture = Architecture.of(file.path(), name);
        this.config = read(name);
    }

    static GgufModel open(Path path) throws IOException {
        GgufFile file = GgufFile.open(path);
        try {
            return new GgufModel(file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private ModelConfig read(String name) throws IOException {
        GgufMetadata metadata = file.metadata();
        String at = name + ".";
        int width = metadata.requiredInteger(at + "embedding_length", 1, Integer.MAX_VALUE);
        int heads = metadata.requiredInteger(at + "attention.head_count", 1, width);
        int headSize = (int) metadata.integer(at + "attention.key_length").orElse(width / heads);
        int rotated = (int) metadata.integer(at + "rope.dimension_count").orElse(headSize);
        if (rotated != headSize) {
            throw new UnsupportedModelException(
                    file.path(),
                    "turns " + rotated + " of a head's " + headSize + " elements, supported is all of them");
        }
        double scale = metadata.number(at + "attention.scale").orElse(1 / Math.sqrt(headSize));
        return new ModelConfig(
                name,
                width,
                metadata.requiredInteger(at + "feed_forward_length", 1, Integer.MAX_VALUE),
                metadata.requiredInteger(at + "context_length", 1, Integer.MAX_VALUE),
                heads,
                (int) metadata.integer(at + "attention.head_count_kv").orElse(heads),
                headSize,
                scale,
                metadata.requiredNumber(at + "attention.layer_norm_rms_epsilon"),
                architecture.gate(),
                architecture.embeddingScale(width),
                architecture.headNorms(),
                architecture.postNorms(),
                layers(at, metadata.requiredInteger(at + "block_count", 1, 10_000)));
    }

    private List<Layer> layers(String at, int count) throws IOException {
        GgufMetadata metadata = file.metadata();
        int window = (int) metadata.integer(at + "attention.sliding_window").orElse(0);
        if (window > 0 && metadata.has(at + "attention.sliding_window_pattern")) {
            throw new UnsupportedModelException(
                    file.path(),
                    "says by itself which layers have a window, supported is the architecture's usual way");
        }
        double base = metadata.number(at + "rope.freq_base").orElse(10_000);
        double windowedBase = metadata.number(at + "rope.freq_base_swa").orElse(architecture.windowedBase(base));
        Scaling scaling = scaling(at);
        List<Layer> layers = new ArrayList<>();
        for (int layer = 0; layer < count; layer++) {
            boolean windowed = window > 0 && architecture.windowed(layer);
            // gemma's windowed layers turn without scaling
            boolean apart = windowed && architecture == Architecture.GEMMA3;
            layers.add(new Layer(
                    windowed ? window : 0,
                    apart ? new Rotary(windowedBase, new Scaling.None()) : new Rotary(base, scaling)));
        }
        return layers;
    }

    private Scaling scaling(String at) throws IOException {
        GgufMetadata metadata = file.metadata();
        if (file.tensors().containsKey("rope_freqs.weight")) {
            return new Scaling.Factors(RowWidener.widen(file.tensor("rope_freqs.weight")));
        }
        double factor = metadata.number(at + "rope.scaling.factor").orElse(1);
        String type = metadata.string(at + "rope.scaling.type").orElse(factor == 1 ? "none" : "linear");
        return switch (type) {
            case "none" -> new Scaling.None();
            case "linear" -> factor == 1 || factor == 0 ? new Scaling.None() : new Scaling.Linear(factor);
            default ->
                throw new UnsupportedModelException(
                        file.path(), "scales rotary positions by \"" + type + "\", supported are none and linear");
        };
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public WeightFile weights() {
        return file;
    }

    @Override
    public String nameInFile(String name) {
        if (!name.startsWith("model.layers.")) {
            return switch (name) {
                case "model.embed_tokens.weight" -> "token_embd.weight";
                case "model.norm.weight" -> "output_norm.weight";
                case "lm_head.weight" -> "output.weight";
                default -> throw new IllegalArgumentException("no weight is called " + name);
            };
        }
        String[] words = name.split("\\.", 4);
        int dot = words[3].lastIndexOf('.');
        return "blk." + words[2] + "." + part(words[3].substring(0, dot)) + words[3].substring(dot);
    }

    private String part(String name) {
        if ("post_attention_layernorm".equals(name)) {
            // gemma's stands where its name says; in the others it is the norm before the feed-forward layer
            return architecture.postNorms() ? "post_attention_norm" : "ffn_norm";
        }
        String part = PARTS.get(name);
        if (part == null) {
            throw new IllegalArgumentException("no weight of a layer is called " + name);
        }
        return part;
    }

    @Override
    public OptionalInt endToken() throws IOException {
        OptionalLong end = file.metadata().integer("tokenizer.ggml.eos_token_id");
        return end.isPresent() ? OptionalInt.of((int) end.getAsLong()) : OptionalInt.empty();
    }

    @Override
    public float normOffset() {
        return 0;
    }

    @Override
    public boolean neighboursTurn() {
        return architecture == Architecture.LLAMA;
    }
}
