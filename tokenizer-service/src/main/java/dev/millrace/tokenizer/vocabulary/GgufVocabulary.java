package dev.millrace.tokenizer.vocabulary;

import dev.millrace.kernels.weights.GgufMetadata;
import dev.millrace.tokenizer.vocabulary.Vocabulary.SpacePrefix;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A vocabulary as a GGUF file's metadata holds it, with llama.cpp's answers where the file doesn't say.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokenizer">GGUF, tokenizer</a>
 */
final class GgufVocabulary {
    private static final String TEMPLATE = "tokenizer.chat_template";
    private static final int SENTENCE_PIECE_BOS = 1;
    private static final int SENTENCE_PIECE_EOS = 2;
    private static final int BYTE_LEVEL_BOS_AND_EOS = 11;

    private final GgufMetadata metadata;
    private final Format format;
    private final Vocabulary vocabulary;

    private sealed interface Format {
        record ByteLevel(PreTokenizer preTokenizer) implements Format {}

        record SentencePiece() implements Format {}
    }

    /**
     * @throws UnsupportedTokenizerException if the file names a tokenizer that we can't reproduce
     * @throws IOException if the file contradicts itself
     */
    GgufVocabulary(GgufMetadata metadata) throws IOException {
        this.metadata = metadata;
        this.format = format(metadata);
        this.vocabulary = read();
    }

    private static Format format(GgufMetadata metadata) throws IOException {
        String model = metadata.requiredString("tokenizer.ggml.model");
        return switch (model) {
            case "gpt2" ->
                new Format.ByteLevel(PreTokenizer.named(metadata.string("tokenizer.ggml.pre")
                        .orElseThrow(() -> new UnsupportedTokenizerException(
                                "the file names no pre-tokenizer (tokenizer.ggml.pre), as files from before May 2024 do:"
                                        + " it must be converted again, since a guess would give wrong ids"))));
            case "llama" -> new Format.SentencePiece();
            default ->
                throw new UnsupportedTokenizerException(
                        "the tokenizer \"" + model + "\" (tokenizer.ggml.model) is not known; known are gpt2, llama");
        };
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    /** In words, for a log. */
    String kind() {
        return switch (format) {
            case Format.ByteLevel(PreTokenizer preTokenizer) ->
                "BPE, " + preTokenizer.name().toLowerCase(Locale.ROOT).replace('_', '-');
            case Format.SentencePiece() -> "SentencePiece";
        };
    }

    /** Writes the tokenizer.json of this vocabulary: this is what takes long, so its result is worth keeping. */
    void writeJson(OutputStream out) throws IOException {
        switch (format) {
            case Format.ByteLevel(PreTokenizer preTokenizer) ->
                TokenizerJson.writeByteLevel(
                        out, vocabulary, preTokenizer, metadata.requiredStrings("tokenizer.ggml.merges"));
            case Format.SentencePiece() -> {
                double[] scores =
                        metadata.numbers("tokenizer.ggml.scores").orElseGet(() -> new double[vocabulary.size()]);
                if (scores.length != vocabulary.size()) {
                    throw new IOException("tokenizer.ggml.scores must have one score for each of " + vocabulary.size()
                            + " tokens, has " + scores.length);
                }
                TokenizerJson.writeSentencePiece(out, vocabulary, new SentencePieceMerges(vocabulary, scores));
            }
        }
    }

    private Vocabulary read() throws IOException {
        List<String> tokens = tokens();
        List<TokenKind> kinds = kinds(tokens);
        OptionalInt defaultBos = within(tokens, defaultBos());
        OptionalInt bos = special("bos", tokens.size());
        OptionalInt eos = special("eos", tokens.size());
        boolean addBos = metadata.flag("tokenizer.ggml.add_bos_token").orElse(opensWithBos());
        boolean addEos = metadata.flag("tokenizer.ggml.add_eos_token").orElse(false);
        boolean sentencePiece = format instanceof Format.SentencePiece;
        boolean prefix = metadata.flag("tokenizer.ggml.add_space_prefix").orElse(sentencePiece);
        return new Vocabulary(
                tokens,
                kinds,
                sentencePiece ? Spelling.SENTENCE_PIECE : Spelling.BYTE_LEVEL,
                prefix && sentencePiece ? SpacePrefix.EACH_FRAGMENT : SpacePrefix.NEVER,
                bos,
                eos,
                addBos ? list(bos.isPresent() ? bos : defaultBos) : List.of(),
                addEos ? list(eos.isPresent() ? eos : within(tokens, defaultEos())) : List.of(),
                stripped(kinds),
                templates());
    }

    private List<String> tokens() throws IOException {
        List<String> tokens = new ArrayList<>(metadata.requiredStrings("tokenizer.ggml.tokens"));
        for (int id = 0; id < tokens.size(); id++) {
            if (tokens.get(id).isEmpty()) {
                tokens.set(id, "[EMPTY_" + id + "]");
            }
        }
        return tokens;
    }

    private List<TokenKind> kinds(List<String> tokens) throws IOException {
        long[] types = metadata.integers("tokenizer.ggml.token_type").orElseGet(() -> new long[tokens.size()]);
        if (types.length != tokens.size()) {
            throw new IOException("tokenizer.ggml.token_type must have one type for each of " + tokens.size()
                    + " tokens, has " + types.length);
        }
        List<TokenKind> kinds = new ArrayList<>(types.length);
        for (int id = 0; id < types.length; id++) {
            kinds.add(ControlNames.contains(tokens.get(id)) ? TokenKind.CONTROL : TokenKind.ofGguf((int) types[id]));
        }
        return kinds;
    }

    private boolean opensWithBos() {
        return switch (format) {
            case Format.ByteLevel(PreTokenizer preTokenizer) -> preTokenizer.opening() == PreTokenizer.Opening.BOS;
            case Format.SentencePiece() -> true;
        };
    }

    private int defaultBos() {
        return format instanceof Format.SentencePiece ? SENTENCE_PIECE_BOS : BYTE_LEVEL_BOS_AND_EOS;
    }

    private int defaultEos() {
        return format instanceof Format.SentencePiece ? SENTENCE_PIECE_EOS : BYTE_LEVEL_BOS_AND_EOS;
    }

    private static OptionalInt within(List<String> tokens, int id) {
        return id < tokens.size() ? OptionalInt.of(id) : OptionalInt.empty();
    }

    private OptionalInt special(String name, int size) throws IOException {
        long id = metadata.integer("tokenizer.ggml." + name + "_token_id").orElse(size);
        return id >= 0 && id < size ? OptionalInt.of((int) id) : OptionalInt.empty();
    }

    private static List<Integer> list(OptionalInt id) {
        return id.stream().boxed().toList();
    }

    /** The file has no word for it, but Phi 3's tokens swallow the white space behind them. */
    private Set<Integer> stripped(List<TokenKind> kinds) throws IOException {
        String name = metadata.string("general.name").orElse("").toLowerCase(Locale.ROOT);
        if (!name.contains("phi-3") && !name.contains("phi3")) {
            return Set.of();
        }
        List<String> tokens = metadata.requiredStrings("tokenizer.ggml.tokens");
        Set<String> kept = Set.of("<unk>", "<s>", "<|endoftext|>");
        return IntStream.range(0, kinds.size())
                .filter(id -> kinds.get(id).special() || kinds.get(id) == TokenKind.USER_DEFINED)
                .filter(id -> !kept.contains(tokens.get(id)))
                .boxed()
                .collect(Collectors.toSet());
    }

    private Map<String, String> templates() throws IOException {
        Map<String, String> templates = new HashMap<>();
        for (String key : metadata.keys()) {
            if (key.startsWith(TEMPLATE + ".")) {
                metadata.string(key).ifPresent(t -> templates.put(key.substring(TEMPLATE.length() + 1), t));
            }
        }
        metadata.string(TEMPLATE).ifPresent(template -> templates.put("default", template));
        return templates;
    }
}
