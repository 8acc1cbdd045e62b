package dev.millrace.training.train;

import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.SafetensorsFile;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.training.adapter.PeftAdapter;
import dev.millrace.training.examples.Example;
import dev.millrace.training.examples.Examples;
import dev.millrace.training.examples.Sequence;
import dev.millrace.training.model.LoraAdapter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What torch, transformers and PEFT computed: see make_training_goldens.py. */
public record Golden(Path model, JsonNode expected) {
    static final Path FOLDER = Path.of("src/test/resources/goldens");

    public static Golden of(String name) {
        Path model = FOLDER.resolve(name);
        return new Golden(
                model,
                JsonMapper.shared().readTree(model.resolve("expected.json").toFile()));
    }

    /** What somebody else computed with the same model: see make_trl_goldens.py. */
    Golden by(String file) {
        return new Golden(
                model, JsonMapper.shared().readTree(model.resolve(file).toFile()));
    }

    public Path adapter() {
        return model.resolve("adapter");
    }

    /** Sets an adapter's matrices to those that PEFT made; what else it has stays. */
    public void load(LoraAdapter adapter) throws IOException {
        try (SafetensorsFile matrices = SafetensorsFile.open(adapter().resolve(PeftAdapter.WEIGHTS))) {
            for (Tensor tensor : matrices.tensors().values()) {
                adapter.set(tensor.name().replaceFirst("base_model.model.", ""), RowWidener.widen(tensor));
            }
        }
    }

    public int[] probe() {
        return ids(expected.get("probe"));
    }

    public double[] numbers(String... path) {
        JsonNode node = expected;
        for (String key : path) {
            node = node.get(key);
        }
        return numbers(node);
    }

    static double[] numbers(JsonNode node) {
        double[] numbers = new double[node.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = node.get(i).asDouble();
        }
        return numbers;
    }

    static int[] ids(JsonNode node) {
        int[] ids = new int[node.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = node.get(i).asInt();
        }
        return ids;
    }

    public Examples examples() {
        List<Example> examples = new ArrayList<>();
        for (JsonNode node : expected.get("examples")) {
            examples.add(new Example(List.of(
                    Sequence.completion(ids(node.get("ids")), node.get("prompt").asInt()))));
        }
        return Examples.of(examples);
    }

    public Examples pairs() {
        List<Example> examples = new ArrayList<>();
        for (JsonNode node : expected.get("pairs")) {
            int prompt = node.get("prompt").asInt();
            examples.add(new Example(List.of(
                    Sequence.completion(ids(node.get("chosen")), prompt),
                    Sequence.completion(ids(node.get("rejected")), prompt))));
        }
        return Examples.of(examples);
    }
}
