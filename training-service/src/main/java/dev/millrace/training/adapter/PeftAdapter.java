package dev.millrace.training.adapter;

import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.SafetensorsFile;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.training.adapter.SafetensorsWriter.Entry;
import dev.millrace.training.model.LoraAdapter;
import dev.millrace.training.model.LoraSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A folder with {@code adapter_model.safetensors} and {@code adapter_config.json}, as PEFT writes it. */
public final class PeftAdapter {
    public static final String WEIGHTS = "adapter_model.safetensors";
    public static final String CONFIG = "adapter_config.json";

    private static final String PREFIX = "base_model.model.";
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private PeftAdapter() {}

    /**
     * Writes an adapter into a folder that exists.
     *
     * @param baseModel the model's name or path, which loaders show and some follow
     */
    public static void save(LoraAdapter adapter, String baseModel, Path folder) throws IOException {
        Map<String, Entry> tensors = new LinkedHashMap<>();
        adapter.parameters().forEach((name, parameter) -> tensors.put(PREFIX + name, Entry.of(parameter.value())));
        SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
        Files.writeString(folder.resolve(CONFIG), JSON.writeValueAsString(config(adapter, baseModel)));
    }

    private static Map<String, Object> config(LoraAdapter adapter, String baseModel) {
        LoraSettings settings = adapter.settings();
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("peft_type", "LORA");
        config.put("task_type", adapter.scores() ? "SEQ_CLS" : "CAUSAL_LM");
        config.put("base_model_name_or_path", baseModel);
        config.put("r", settings.rank());
        config.put("lora_alpha", number(settings.alpha()));
        config.put("lora_dropout", settings.dropout());
        config.put("target_modules", List.copyOf(settings.targets()));
        config.put("bias", "none");
        config.put("use_rslora", settings.rankStabilized());
        config.put("use_dora", settings.form() == LoraSettings.Form.DORA);
        config.put("fan_in_fan_out", false);
        config.put("inference_mode", true);
        config.put("modules_to_save", adapter.scores() ? List.of("score") : null);
        config.put("rank_pattern", Map.of());
        config.put("alpha_pattern", Map.of());
        return config;
    }

    /** A whole number without a point, as PEFT writes it. */
    private static Number number(double value) {
        if (value == Math.rint(value)) {
            return (long) value;
        }
        return value;
    }

    /**
     * Overwrites an adapter's matrices with those of a folder.
     *
     * @throws MalformedFileException if a matrix is missing, or of another shape
     */
    public static void load(Path folder, LoraAdapter into) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(WEIGHTS))) {
            for (var parameter : into.parameters().entrySet()) {
                Tensor tensor = file.tensor(PREFIX + parameter.getKey());
                long[] shape = parameter.getValue().value().getShape().getShape();
                if (!tensor.shape().equals(Arrays.stream(shape).boxed().toList())) {
                    throw new MalformedFileException(
                            file.path(),
                            "tensor \"" + tensor.name() + "\" has shape " + tensor.shape() + ", expected "
                                    + Arrays.toString(shape));
                }
                into.set(parameter.getKey(), RowWidener.widen(tensor));
            }
        }
    }
}
