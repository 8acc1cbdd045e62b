package dev.millrace.tokenizer.vocabulary;

import dev.millrace.tokenizer.vocabulary.Vocabulary.SpacePrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.LongStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tokenizer of a model folder as Hugging Face has it: tokenizer.json, and the names of its special tokens in
 * tokenizer_config.json.
 *
 * <p>Added tokens are taken out of what the library sees: {@link NamedTokens} finds them, in trusted text alone where they are
 * control tokens.
 */
final class HuggingFaceFolder {
    private static final JsonMapper JSON = new JsonMapper();

    private final JsonNode config;
    private final ObjectNode tokenizer;
    private final List<String> tokens = new ArrayList<>();
    private final List<TokenKind> kinds = new ArrayList<>();
    private final Set<Integer> stripped = new HashSet<>();

    private HuggingFaceFolder(JsonNode config, ObjectNode tokenizer) {
        this.config = config;
        this.tokenizer = tokenizer;
    }

    /**
     * Opens the tokenizer of a folder.
     *
     * @throws UnsupportedTokenizerException if its model or its decoder is of a kind that we can't reproduce
     */
    static ModelTokenizer open(Path folder) throws IOException {
        Path file = folder.resolve("tokenizer_config.json");
        JsonNode config = Files.exists(file) ? readJson(file) : JSON.createObjectNode();
        if (!(readJson(folder.resolve("tokenizer.json")) instanceof ObjectNode tokenizer)) {
            throw new IOException(folder.resolve("tokenizer.json") + " must hold a JSON object");
        }
        return new HuggingFaceFolder(config, tokenizer).open(FolderTemplates.read(folder, config));
    }

    private static JsonNode readJson(Path file) throws IOException {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new IOException(file + " is no valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    private ModelTokenizer open(FolderTemplates templates) {
        readModel();
        Spelling spelling = spelling();
        SpacePrefix prefix = spacePrefix();
        tokenizer.get("added_tokens").forEach(this::readAdded);
        tokenizer.putArray("added_tokens");
        NativeEncoder encoder = new NativeEncoder(tokenizer.toString());
        try {
            Around around = around(encoder);
            Vocabulary vocabulary = new Vocabulary(
                    tokens,
                    kinds,
                    spelling,
                    prefix,
                    special("bos_token"),
                    special("eos_token"),
                    around.before,
                    around.behind,
                    stripped,
                    templates.byName());
            return new ModelTokenizer(vocabulary, type(tokenizer.path("model")) + ", tokenizer.json", encoder);
        } catch (RuntimeException e) {
            encoder.close();
            throw e;
        }
    }

    private void readModel() {
        JsonNode model = tokenizer.path("model");
        JsonNode vocab = model.path("vocab");
        boolean bytes = model.path("byte_fallback").asBoolean(false);
        switch (type(model)) {
            case "BPE" -> vocab.properties().forEach(e -> put(e.getValue().asInt(), e.getKey(), bytes));
            case "Unigram" -> {
                for (int id = 0; id < vocab.size(); id++) {
                    put(id, vocab.get(id).get(0).asString(), bytes);
                }
            }
            case String other ->
                throw new UnsupportedTokenizerException(
                        "the tokenizer model \"" + other + "\" (tokenizer.json) is not known; known are BPE, Unigram");
        }
    }

    private void put(int id, String token, boolean byteFallback) {
        put(id, token, byteFallback && token.matches("<0x[0-9A-F]{2}>") ? TokenKind.BYTE : TokenKind.NORMAL);
    }

    private void put(int id, String token, TokenKind kind) {
        while (tokens.size() <= id) {
            kinds.add(TokenKind.UNUSED);
            tokens.add("");
        }
        tokens.set(id, token);
        kinds.set(id, kind);
    }

    private void readAdded(JsonNode added) {
        int id = added.get("id").asInt();
        boolean special = added.path("special").asBoolean(false);
        put(id, added.get("content").asString(), special ? TokenKind.CONTROL : TokenKind.USER_DEFINED);
        if (added.path("rstrip").asBoolean(false)) {
            stripped.add(id);
        }
    }

    private Spelling spelling() {
        JsonNode decoder = tokenizer.path("decoder");
        if (has(decoder, "ByteLevel")) {
            return Spelling.BYTE_LEVEL;
        }
        if (has(decoder, "Metaspace") || has(decoder, "ByteFallback")) {
            return Spelling.SENTENCE_PIECE;
        }
        throw new UnsupportedTokenizerException("the decoder \"" + type(decoder)
                + "\" (tokenizer.json) is not known; known are ByteLevel, Metaspace, ByteFallback");
    }

    /**
     * Where the library puts a space. It sees a text in pieces, so where it would open the first piece alone, it is told not
     * to, and we do it.
     */
    private SpacePrefix spacePrefix() {
        if (tokenizer.path("pre_tokenizer") instanceof ObjectNode pre
                && type(pre).equals("Metaspace")) {
            String scheme = pre.path("prepend_scheme")
                    .asString(pre.path("add_prefix_space").asBoolean(true) ? "always" : "never");
            if (scheme.equals("first")) {
                pre.put("prepend_scheme", "never");
                return SpacePrefix.FIRST_FRAGMENT;
            }
            return scheme.equals("never") ? SpacePrefix.NEVER : SpacePrefix.BY_LIBRARY;
        }
        return has(tokenizer.path("decoder"), "Strip") ? SpacePrefix.BY_LIBRARY : SpacePrefix.NEVER;
    }

    /** The ids that the file's post-processor puts around a text. */
    private record Around(List<Integer> before, List<Integer> behind) {}

    private static Around around(NativeEncoder encoder) {
        List<Integer> bare = ids(encoder.encode("a", false));
        List<Integer> whole = ids(encoder.encode("a", true));
        int at = Collections.indexOfSubList(whole, bare);
        if (at < 0) {
            throw new UnsupportedTokenizerException(
                    "the post-processor of this tokenizer.json changes the text's own ids");
        }
        return new Around(whole.subList(0, at), whole.subList(at + bare.size(), whole.size()));
    }

    private static List<Integer> ids(long[] ids) {
        return LongStream.of(ids).mapToObj(id -> (int) id).toList();
    }

    private OptionalInt special(String name) {
        JsonNode token = config.path(name);
        String text = token.isObject() ? token.path("content").asString("") : token.asString("");
        int id = text.isEmpty() ? -1 : tokens.indexOf(text);
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** True if the node, or one of the steps that it lists, is of a type. */
    private static boolean has(JsonNode node, String type) {
        if (type(node).equals(type)) {
            return true;
        }
        for (JsonNode step : node.path("decoders")) {
            if (type(step).equals(type)) {
                return true;
            }
        }
        return false;
    }

    private static String type(JsonNode node) {
        return node.path("type").asString("none");
    }
}
