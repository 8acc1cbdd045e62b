package dev.millrace.training.adapter;

import dev.millrace.kernels.quant.RoundedRows;
import dev.millrace.kernels.quant.RowNarrower;
import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.GgufFile;
import dev.millrace.kernels.weights.GgufRewriter;
import dev.millrace.kernels.weights.GgufRewriter.Change;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.SafetensorsFile;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.kernels.weights.WeightFile;
import dev.millrace.training.model.ModelFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model and an adapter as one model: each matrix W becomes W + scale * B A, with DoRA each of its rows brought to its
 * magnitude, computed in float32 and rounded once. All other weights, and the keys, stay what they are.
 *
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA, section 4.1</a>
 * @see <a href="https://arxiv.org/abs/2402.09353">DoRA, eq. 5</a>
 */
public final class AdapterMerge {
    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    private static final String MAGNITUDES = ".lora_magnitude_vector";
    /** Settings that change what an adapter computes, and are not computed here. */
    private static final List<String> BEYOND = List.of(
            "fan_in_fan_out",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern",
            "lora_bias",
            "layer_replication",
            "trainable_token_indices");

    private static final Set<TensorType> FLOATS = Set.of(TensorType.F32, TensorType.F16, TensorType.BF16);
    /** Others change the model's own weights, and the adapter's file doesn't say how. */
    private static final Set<String> HARMLESS_STARTS = Set.of("true", "false", "gaussian", "orthogonal", "eva");

    private final ModelFile model;
    private final Path folder;
    private final float scale;
    private final boolean stretched;

    private AdapterMerge(ModelFile model, Path folder, JsonNode config) {
        this.model = model;
        this.folder = folder;
        this.scale = scale(config);
        this.stretched = config.path("use_dora").asBoolean(false);
    }

    /** @param matrices that the adapter changed */
    public record Report(int matrices, Set<TensorType> types) {}

    /**
     * Writes the merged model, in the form that its base has.
     *
     * @param base a GGUF file, or a folder as Hugging Face has it
     * @param adapter a folder as PEFT has it
     * @param type of the matrices that change, in a folder F32, F16 or BF16; empty for the type that each has in the file
     * @param out a file, which is replaced where it is there, or a folder, which must not be there
     * @throws IllegalArgumentException if the two can't be merged; the message says why
     */
    public static Report merge(Path base, Path adapter, Optional<TensorType> type, Path out) throws IOException {
        JsonNode config = config(adapter);
        try (ModelFile model = ModelFile.open(base);
                SafetensorsFile weights = SafetensorsFile.open(adapter.resolve(PeftAdapter.WEIGHTS))) {
            boolean folder = !(model.weights() instanceof GgufFile);
            if (folder && type.isPresent() && !FLOATS.contains(type.get())) {
                throw new IllegalArgumentException(
                        base + " is a folder, whose matrices may become F32, F16 or BF16," + " not " + type.get());
            }
            Map<String, Change> changes = new AdapterMerge(model, adapter, config).changes(weights, type);
            if (model.weights() instanceof GgufFile file) {
                GgufRewriter.write(file, changes, out);
            } else {
                writeFolder(model.weights(), changes, out);
            }
            return new Report(
                    changes.size(),
                    Set.copyOf(changes.values().stream().map(Change::type).toList()));
        }
    }

    /** There whole or not at all. */
    private static void writeFolder(WeightFile weights, Map<String, Change> changes, Path out) throws IOException {
        Path partial = Files.createTempDirectory(
                Files.createDirectories(out.toAbsolutePath().getParent()), ".partial-");
        try {
            FolderRewriter.write(weights, changes, partial);
            Files.move(partial, out, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException failure) {
            try (Stream<Path> files = Files.list(partial)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(partial);
            throw failure;
        }
    }

    private static JsonNode config(Path adapter) throws IOException {
        Path path = adapter.resolve(PeftAdapter.CONFIG);
        JsonNode config;
        try {
            config = JsonMapper.shared().readTree(path.toFile());
        } catch (JacksonException broken) {
            throw new MalformedFileException(path, "can't be read: " + broken.getOriginalMessage());
        }
        if (!config.path("peft_type").asString("").equals("LORA")) {
            throw new IllegalArgumentException(
                    path + " says peft_type " + config.path("peft_type") + ", only LORA can be merged");
        }
        for (String name : BEYOND) {
            JsonNode value = config.path(name);
            boolean off = value.isMissingNode()
                    || value.isNull()
                    || (value.isContainer() && value.isEmpty())
                    || (value.isBoolean() && !value.asBoolean());
            if (!off) {
                throw new IllegalArgumentException(path + " says " + name + " " + value
                        + ": only plain LoRA can be merged, with it absent or off");
            }
        }
        String bias = config.path("bias").asString("none");
        String start = config.path("init_lora_weights").asString("true");
        if (!bias.equals("none") || !HARMLESS_STARTS.contains(start)) {
            throw new IllegalArgumentException(path + " says bias " + bias + " and init_lora_weights " + start
                    + ": only adapters that leave the model's own weights alone can be merged, with none and one of "
                    + HARMLESS_STARTS);
        }
        return config;
    }

    private static float scale(JsonNode config) {
        double rank = config.path("r").asDouble(0);
        if (!(rank >= 1) || !config.path("lora_alpha").isNumber()) {
            throw new IllegalArgumentException(
                    "r and lora_alpha must be numbers, were " + config.path("r") + " and " + config.path("lora_alpha"));
        }
        boolean stabilized = config.path("use_rslora").asBoolean(false);
        return (float) (config.path("lora_alpha").asDouble() / (stabilized ? Math.sqrt(rank) : rank));
    }

    private Map<String, Change> changes(SafetensorsFile weights, Optional<TensorType> type)
            throws MalformedFileException {
        Map<String, Change> changes = new LinkedHashMap<>();
        for (Tensor a : weights.tensors().values()) {
            if (a.name().endsWith(B) || (stretched && a.name().endsWith(MAGNITUDES))) {
                weights.tensor(module(a, a.name().endsWith(B) ? B : MAGNITUDES) + A);
                continue;
            }
            String module = module(a, A);
            Tensor b = weights.tensor(module + B);
            String name = module.substring(PREFIX.length()) + ".weight";
            Tensor matrix = model.require(name);
            requireShapes(matrix, a, b);
            Optional<float[]> magnitudes =
                    stretched ? Optional.of(magnitudes(matrix, weights.tensor(module + MAGNITUDES))) : Optional.empty();
            TensorType wanted = type.orElse(matrix.type());
            if (!RowNarrower.TYPES.contains(wanted)) {
                throw new IllegalArgumentException("the matrix " + matrix.name() + " is of " + wanted
                        + ", which can't be written: name another type, such as q8_0");
            }
            if (matrix.columns() % wanted.blockElements() != 0) {
                throw new IllegalArgumentException("the matrix " + matrix.name() + " has rows of " + matrix.columns()
                        + ", which don't fill blocks of " + wanted.blockElements() + " as " + wanted
                        + " has them: name another type, such as f16");
            }
            changes.put(
                    matrix.name(),
                    new Change(
                            wanted,
                            (original, arena) ->
                                    merged(original, model.turnedHead(name), a, b, magnitudes, wanted, arena)));
        }
        return changes;
    }

    private String module(Tensor tensor, String ending) throws MalformedFileException {
        if (!tensor.name().startsWith(PREFIX) || !tensor.name().endsWith(ending)) {
            throw new MalformedFileException(
                    folder, "has the tensor \"" + tensor.name() + "\", which is no matrix of a plain LoRA");
        }
        return tensor.name().substring(0, tensor.name().length() - ending.length());
    }

    private void requireShapes(Tensor matrix, Tensor a, Tensor b) throws MalformedFileException {
        if (a.shape().size() != 2
                || !b.shape().equals(List.of(matrix.rows(), a.rows()))
                || a.columns() != matrix.columns()) {
            throw new MalformedFileException(
                    folder,
                    "has matrices of " + a.shape() + " and " + b.shape() + " for " + matrix.name() + ", which is "
                            + matrix.shape());
        }
    }

    private float[] magnitudes(Tensor matrix, Tensor vector) throws MalformedFileException {
        if (!vector.shape().equals(List.of(matrix.rows()))) {
            throw new MalformedFileException(
                    folder,
                    "has magnitudes of " + vector.shape() + " for " + matrix.name() + ", which is " + matrix.shape());
        }
        return RowWidener.widen(vector);
    }

    /** @param turned size of the heads in which the matrix's rows lie in another order than the adapter's; 0 for none */
    private MemorySegment merged(
            Tensor matrix, int turned, Tensor a, Tensor b, Optional<float[]> magnitudes, TensorType type, Arena arena) {
        int columns = Math.toIntExact(matrix.columns());
        int rank = Math.toIntExact(a.rows());
        float[] down = RowWidener.widen(a);
        float[] up = RowWidener.widen(b);
        return RoundedRows.of(Math.toIntExact(matrix.rows()), columns, type, arena, () -> {
            RowWidener widener = new RowWidener(matrix.type(), columns);
            return (at, row) -> {
                widener.widen(matrix.data(), at, row, 0);
                int place = ModelFile.rowOf(at, turned);
                for (int r = 0; r < rank; r++) {
                    float factor = scale * up[place * rank + r];
                    for (int column = 0; column < columns; column++) {
                        row[column] += factor * down[r * columns + column];
                    }
                }
                magnitudes.ifPresent(known -> stretch(row, known[place]));
            };
        });
    }

    private static void stretch(float[] row, float magnitude) {
        double squares = 0;
        for (float value : row) {
            squares += (double) value * value;
        }
        float factor = (float) (magnitude / Math.sqrt(squares));
        for (int i = 0; i < row.length; i++) {
            row[i] *= factor;
        }
    }
}
