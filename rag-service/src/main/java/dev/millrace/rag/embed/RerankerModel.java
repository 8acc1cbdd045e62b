package dev.millrace.rag.embed;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A cross-encoder in a folder, as Hugging Face's exports have it.
 *
 * @param name      the folder's
 * @param maxTokens that it reads of a question and a passage together, with the special ones
 */
public record RerankerModel(String name, Path onnx, Path tokenizer, int maxTokens) {
    private static final String WANTED =
            "millrace.rag.reranker must be a folder with model.onnx, tokenizer.json and config.json";
    /** The first that is there. */
    private static final List<String> NETWORKS =
            List.of("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx");
    /** Whose positions begin behind that of the padding: two of them are no text's. */
    private static final Set<String> LATE_POSITIONS = Set.of("roberta", "xlm-roberta", "xlm-roberta-xl", "camembert");

    private static final int UNUSED_POSITIONS = 2;
    /** So that a question and some words of a passage have room. */
    public static final int LEAST_TOKENS = 16;

    /**
     * @param mostTokens that it is to read, where it could read more
     * @throws IllegalArgumentException if the folder holds no model that gives one logit for a pair
     */
    public static RerankerModel in(Path folder, int mostTokens) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(WANTED + "; there is no folder " + folder);
        }
        String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        if (EncoderModel.names().contains(name)) {
            throw new IllegalArgumentException("millrace.rag.reranker must be a folder of a name of its own; " + folder
                    + " is named as an embedding model is");
        }
        Path network = NETWORKS.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        WANTED + "; " + folder + " has none of " + String.join(", ", NETWORKS)));
        Path tokenizer = file(folder, "tokenizer.json");
        JsonNode config = config(file(folder, "config.json"));
        OptionalInt labels = labels(config);
        if (labels.isPresent() && labels.getAsInt() != 1) {
            throw new IllegalArgumentException(
                    "millrace.rag.reranker must be a model with one label, whose logit says how well a passage answers; "
                            + folder + " has " + labels.getAsInt() + " by its config.json");
        }
        int positions = positions(config);
        if (positions < LEAST_TOKENS) {
            throw new IllegalArgumentException("millrace.rag.reranker must be a model that reads " + LEAST_TOKENS
                    + " tokens or more; " + folder + " reads " + positions + " by its config.json");
        }
        return new RerankerModel(name, network, tokenizer, Math.min(mostTokens, positions));
    }

    private static Path file(Path folder, String name) {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(WANTED + "; " + folder + " has no " + name);
        }
        return file;
    }

    private static JsonNode config(Path file) {
        try {
            return JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException | JacksonException e) {
            throw new IllegalArgumentException(WANTED + "; " + file + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Empty where the file leaves it open: then the network says it. */
    private static OptionalInt labels(JsonNode config) {
        if (config.path("num_labels").isInt()) {
            return OptionalInt.of(config.path("num_labels").asInt());
        }
        JsonNode names = config.path("id2label");
        return names.isObject() ? OptionalInt.of(names.size()) : OptionalInt.empty();
    }

    private static int positions(JsonNode config) {
        JsonNode positions = config.path("max_position_embeddings");
        if (!positions.isInt()) {
            return Integer.MAX_VALUE;
        }
        boolean late = LATE_POSITIONS.contains(config.path("model_type").asString(""));
        return positions.asInt() - (late ? UNUSED_POSITIONS : 0);
    }

    /** Options as the binding has them. */
    HuggingFaceTokenizer tokenizer(Map<String, String> options) {
        try (InputStream stream = Files.newInputStream(tokenizer)) {
            return HuggingFaceTokenizer.newInstance(stream, options);
        } catch (IOException e) {
            throw new UncheckedIOException("the tokenizer " + tokenizer + " can't be read", e);
        }
    }
}
