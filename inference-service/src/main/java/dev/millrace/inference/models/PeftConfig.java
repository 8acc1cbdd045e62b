package dev.millrace.inference.models;

import dev.millrace.inference.model.AdapterSettings;
import dev.millrace.kernels.weights.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Reads an adapter_config.json. What would change what the adapter computes and isn't done here is refused by name: an
 * answer that is nearly right is worse than none.
 *
 * @see <a href="https://huggingface.co/docs/peft/package_reference/lora#peft.LoraConfig">PEFT, LoraConfig</a>
 */
final class PeftConfig {
    static final String NAME = "adapter_config.json";

    /** PEFT writes some two thousand. */
    private static final long MOST_BYTES = 1 << 20;

    private static final String BASE = "base_model_name_or_path";

    /** Says how the adapter came about, or is read here; changes nothing beyond that. */
    private static final Set<String> KNOWN = Set.of(
            "peft_type",
            "task_type",
            BASE,
            "r",
            "lora_alpha",
            "use_rslora",
            "use_dora",
            "target_modules",
            "bias",
            "init_lora_weights",
            "exclude_modules",
            "layers_to_transform",
            "layers_pattern",
            "auto_mapping",
            "ensure_weight_tying",
            "eva_config",
            "inference_mode",
            "loftq_config",
            "lora_dropout",
            "megatron_core",
            "peft_version",
            "qalora_group_size",
            "revision",
            "runtime_config");

    /** Ways to begin that leave the base model's weights alone; others change them, and a file doesn't say how. */
    private static final Set<String> HARMLESS_STARTS = Set.of("true", "false", "gaussian", "orthogonal", "eva");

    private final Path path;
    private final JsonNode config;

    private PeftConfig(Path path, JsonNode config) {
        this.path = path;
        this.config = config;
    }

    static PeftConfig read(Path folder) throws IOException {
        Path path = folder.resolve(NAME);
        if (Files.isRegularFile(path) && Files.size(path) > MOST_BYTES) {
            throw new MalformedFileException(
                    path, "is " + Files.size(path) + " bytes long, expected at most " + MOST_BYTES);
        }
        PeftConfig config = new PeftConfig(path, JsonFile.read(path));
        config.check();
        return config;
    }

    /** What the adapter was trained on, as its maker called it; empty where it doesn't say. Never opened. */
    String baseModel() {
        return config.path(BASE).asString("");
    }

    AdapterSettings settings() throws MalformedFileException {
        JsonNode r = config.path("r");
        JsonNode alpha = config.path("lora_alpha");
        if (!r.isIntegralNumber() || !r.canConvertToInt()) {
            throw wrong("r", r, "the rank, an integer");
        }
        if (!alpha.isNumber()) {
            throw wrong("lora_alpha", alpha, "a number");
        }
        int rank = r.intValue();
        boolean stabilized = config.path("use_rslora").asBoolean(false);
        boolean stretched = config.path("use_dora").asBoolean(false);
        double scale = alpha.doubleValue() / (stabilized ? Math.sqrt(rank) : rank);
        try {
            return new AdapterSettings(rank, (float) scale, targets(), namesAllModules(), stretched);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(path, String.valueOf(e.getMessage()));
        }
    }

    private void check() throws MalformedFileException {
        require("peft_type", Set.of("LORA"));
        if (!isEmpty(config.path("task_type"))) {
            require("task_type", Set.of("CAUSAL_LM"));
        }
        if (config.has("bias")) {
            require("bias", Set.of("none"));
        }
        if (!isEmpty(config.path("init_lora_weights"))) {
            require("init_lora_weights", HARMLESS_STARTS);
        }
        String base = baseModel();
        if (base.startsWith("/") || base.startsWith("~") || base.contains("..") || base.contains("\\")) {
            throw wrong(BASE, config.path(BASE), "a model's name, not a path");
        }
        for (Map.Entry<String, JsonNode> entry : config.properties()) {
            if (!KNOWN.contains(entry.getKey()) && !isEmpty(entry.getValue())) {
                throw wrong(
                        entry.getKey(), entry.getValue(), "it to be absent or off: only plain LoRA is computed here");
            }
        }
    }

    private Set<String> targets() throws MalformedFileException {
        JsonNode modules = config.path("target_modules");
        if (modules.isString()) {
            // a pattern: the file's own tensors say which modules it matched
            return Set.copyOf(AdapterSettings.TARGETS);
        }
        if (!modules.isArray() || modules.isEmpty()) {
            throw wrong("target_modules", modules, "some of " + AdapterSettings.TARGETS);
        }
        Set<String> targets = new LinkedHashSet<>();
        for (JsonNode module : modules) {
            // PEFT takes any end of a module's path: self_attn.q_proj is q_proj
            String name = module.asString("");
            String last = name.substring(name.lastIndexOf('.') + 1);
            if (!AdapterSettings.TARGETS.contains(last)) {
                throw wrong("target_modules", modules, "some of " + AdapterSettings.TARGETS);
            }
            targets.add(last);
        }
        return targets;
    }

    /** Whether each layer has all targets: nothing narrows them down. */
    private boolean namesAllModules() {
        JsonNode modules = config.path("target_modules");
        boolean plain = modules.isArray()
                && modules.valueStream().noneMatch(module -> module.asString("").contains("."));
        return plain
                && List.of("exclude_modules", "layers_to_transform", "layers_pattern").stream()
                        .allMatch(key -> isEmpty(config.path(key)));
    }

    private void require(String key, Set<String> allowed) throws MalformedFileException {
        JsonNode value = config.path(key);
        if (!value.isValueNode() || !allowed.contains(value.asString(""))) {
            throw wrong(key, value, String.join(", ", allowed.stream().sorted().toList()));
        }
    }

    private MalformedFileException wrong(String key, JsonNode value, String expected) {
        String shown = value.isMissingNode() ? "absent" : value.toString();
        return new MalformedFileException(
                path,
                "\"" + key + "\" is " + (shown.length() > 200 ? shown.substring(0, 200) + "..." : shown) + ", expected "
                        + expected);
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isMissingNode()
                || value.isNull()
                || (value.isContainer() && value.isEmpty())
                || (value.isBoolean() && !value.booleanValue())
                || (value.isString() && value.asString("").isEmpty());
    }
}
