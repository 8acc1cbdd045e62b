package dev.millrace.rag.embed;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A sentence encoder as an ONNX file.
 *
 * @param onnx        the model on the class path
 * @param tokenizer   its tokenizer.json
 * @param dimensions  of a vector
 * @param maxTokens   that it reads of a text, with the two special ones
 * @param queryPrefix what it wants before a question
 */
public record EncoderModel(
        String name,
        String onnx,
        String tokenizer,
        int dimensions,
        int maxTokens,
        Pooling pooling,
        String queryPrefix) {
    /** How the tokens' vectors become one. */
    public enum Pooling {
        /** The first token's. */
        CLS,
        /** The mean of all. */
        MEAN
    }

    /** BGE small, English, 8 bits: the default. */
    public static final EncoderModel BGE_SMALL_EN = new EncoderModel(
            "bge-small-en-v1.5",
            "bge-small-en-v1.5-q.onnx",
            "bge-small-en-v1.5-q-tokenizer.json",
            384,
            512,
            Pooling.CLS,
            "Represent this sentence for searching relevant passages: ");

    /** MiniLM, English, 8 bits: twice as fast. */
    public static final EncoderModel MINILM = new EncoderModel(
            "all-minilm-l6-v2",
            "all-minilm-l6-v2-q.onnx",
            "all-minilm-l6-v2-q-tokenizer.json",
            384,
            512,
            Pooling.MEAN,
            "");

    private static final Map<String, EncoderModel> SHIPPED = Arrays.asList(BGE_SMALL_EN, MINILM).stream()
            .collect(Collectors.toUnmodifiableMap(EncoderModel::name, Function.identity()));

    /** Names of those that are on the class path. */
    public static List<String> names() {
        return SHIPPED.keySet().stream().sorted().toList();
    }

    /**
     * @throws IllegalArgumentException if there is none of that name
     */
    public static EncoderModel named(String name) {
        EncoderModel model = SHIPPED.get(name);
        if (model == null) {
            throw new IllegalArgumentException(
                    "there is no embedding model \"" + name + "\"; there are " + String.join(", ", names()));
        }
        return model;
    }
}
