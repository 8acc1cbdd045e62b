package dev.millrace.tokenizer.vocabulary;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The small vocabularies that make_goldens.py made, as GGUF files. */
final class SmallVocabularies {
    private static final JsonMapper JSON = new JsonMapper();

    private SmallVocabularies() {}

    /** A BPE vocabulary whose merges reach over every boundary that a pre-tokenizer could draw. */
    static GgufWriter byteLevel(String preTokenizer) {
        return gguf("byte-level").put("tokenizer.ggml.pre", preTokenizer);
    }

    static GgufWriter sentencePiece() {
        return gguf("sentence-piece");
    }

    static GgufWriter gguf(String name) {
        JsonNode vocabulary = resource("vocabularies.json").get(name);
        GgufWriter gguf = new GgufWriter()
                .put("general.architecture", "llama")
                .put("tokenizer.ggml.tokens", list(vocabulary.get("tokens"), JsonNode::asString))
                .put("tokenizer.ggml.token_type", list(vocabulary.get("kinds"), JsonNode::asInt))
                .put("tokenizer.ggml.bos_token_id", vocabulary.get("bos").asInt())
                .put("tokenizer.ggml.eos_token_id", vocabulary.get("eos").asInt());
        return vocabulary.has("merges")
                ? gguf.put("tokenizer.ggml.model", "gpt2")
                        .put("tokenizer.ggml.merges", list(vocabulary.get("merges"), JsonNode::asString))
                : gguf.put("tokenizer.ggml.model", "llama")
                        .put("tokenizer.ggml.scores", list(vocabulary.get("scores"), JsonNode::asFloat));
    }

    static JsonNode resource(String name) {
        try (InputStream in = Objects.requireNonNull(SmallVocabularies.class.getResourceAsStream(name), name)) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static <T> List<T> list(JsonNode array, Function<JsonNode, T> element) {
        List<T> list = new ArrayList<>();
        array.forEach(node -> list.add(element.apply(node)));
        return list;
    }
}
