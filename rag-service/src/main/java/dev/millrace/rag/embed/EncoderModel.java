package dev.millrace.rag.embed;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A sentence encoder as an ONNX file.
 *
 * @param onnx        the model on the class path
 * @param tokenizer   its tokenizer.json
 * @param vocabulary  of its tokens; models of one cut texts alike
 * @param lowerCase   whether its tokenizer is to put texts into lower case, against what its file says
 * @param dimensions  of a vector
 * @param maxTokens   that it reads of a text, with the two special ones
 * @param queryPrefix what it wants before a question
 */
public record EncoderModel(
        String name,
        String onnx,
        String tokenizer,
        String vocabulary,
        boolean lowerCase,
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
            "bert-base-uncased",
            false,
            384,
            512,
            Pooling.CLS,
            "Represent this sentence for searching relevant passages: ");

    /** MiniLM, English, 8 bits: twice as fast. */
    public static final EncoderModel MINILM = new EncoderModel(
            "all-minilm-l6-v2",
            "all-minilm-l6-v2-q.onnx",
            "all-minilm-l6-v2-q-tokenizer.json",
            "bert-base-uncased",
            false,
            384,
            512,
            Pooling.MEAN,
            "");

    /**
     * BGE small, Chinese, 8 bits. As it was published, each word with a capital is unknown to it, for its vocabulary has none: names
     * and abbreviations in Latin letters were all the same.
     */
    public static final EncoderModel BGE_SMALL_ZH = new EncoderModel(
            "bge-small-zh-v1.5",
            "bge-small-zh-v1.5-q.onnx",
            "bge-small-zh-v1.5-q-tokenizer.json",
            "bert-base-chinese",
            true,
            512,
            512,
            Pooling.CLS,
            "为这个句子生成表示以用于检索相关文章：");

    private static final Map<String, EncoderModel> SHIPPED = Stream.of(BGE_SMALL_EN, MINILM, BGE_SMALL_ZH)
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

    /** Whether a document has the same chunks by both. */
    public boolean cutsAs(EncoderModel other) {
        return vocabulary.equals(other.vocabulary) && maxTokens == other.maxTokens;
    }
}
