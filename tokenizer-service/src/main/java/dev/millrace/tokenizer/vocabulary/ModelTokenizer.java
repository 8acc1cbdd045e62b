package dev.millrace.tokenizer.vocabulary;

import dev.millrace.tokenizer.vocabulary.Vocabulary.SpacePrefix;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * One model's text to ids and ids to bytes. Any number of threads may share it.
 *
 * <p>Names of control tokens in a text are plain text unless a method says otherwise. Lone surrogates, which no vocabulary
 * can spell, are read as U+FFFD.
 */
public final class ModelTokenizer implements AutoCloseable {
    private final Vocabulary vocabulary;
    private final String kind;
    private final NativeEncoder encoder;
    private final NamedTokens plain;
    private final NamedTokens trusted;
    private final Set<String> controlTokens;

    ModelTokenizer(Vocabulary vocabulary, String kind, NativeEncoder encoder) {
        this.vocabulary = vocabulary;
        this.kind = kind;
        this.encoder = encoder;
        this.plain = named(vocabulary, k -> k == TokenKind.USER_DEFINED);
        this.trusted = named(vocabulary, k -> k == TokenKind.USER_DEFINED || k.special());
        Set<String> control = new LinkedHashSet<>();
        IntStream.range(0, vocabulary.size())
                .filter(id -> vocabulary.kinds().get(id).special())
                .forEach(id -> control.add(vocabulary.tokens().get(id)));
        this.controlTokens = Set.copyOf(control);
    }

    private static NamedTokens named(Vocabulary vocabulary, Predicate<TokenKind> wanted) {
        Map<String, Integer> idOf = new HashMap<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (wanted.test(vocabulary.kinds().get(id))) {
                idOf.put(vocabulary.tokens().get(id), id);
            }
        }
        return new NamedTokens(idOf, vocabulary.stripped());
    }

    /**
     * The ids of a text.
     *
     * @param addSpecial put before and behind what the model's file asks for (BOS, EOS)
     */
    public int[] encode(String text, boolean addSpecial) {
        return encode(plain.split(text), addSpecial);
    }

    /** The same, with the names of control tokens read as these tokens: for trusted text alone. */
    public int[] encodeParsingSpecial(String text, boolean addSpecial) {
        return encode(split(text), addSpecial);
    }

    /** A trusted text cut at the names of control tokens and of those that their maker wants whole. */
    public List<Piece> split(String text) {
        return trusted.split(text);
    }

    /**
     * The same for a text of which parts are not trusted: a control token's name that lies in such a part, or reaches into
     * one, is text.
     *
     * @param untrusted whether any character of [start, end) is not trusted
     */
    public List<Piece> split(String text, BiPredicate<Integer, Integer> untrusted) {
        return trusted.split(
                text, (start, end, id) -> !vocabulary.kinds().get(id).special() || !untrusted.test(start, end));
    }

    /** The ids of pieces in their order; text in them stays text. */
    public int[] encode(List<Piece> pieces, boolean addSpecial) {
        IntStream.Builder ids = IntStream.builder();
        if (addSpecial) {
            vocabulary.opening().forEach(ids::add);
        }
        boolean first = true;
        boolean afterToken = true;
        for (Piece piece : pieces) {
            switch (piece) {
                case Piece.Token(int id) -> ids.add(id);
                case Piece.Text(String text) -> {
                    for (long id : encoder.encode(wellFormed(prefixed(text, first, afterToken)), false)) {
                        ids.add((int) id);
                    }
                }
            }
            first = false;
            afterToken = piece instanceof Piece.Token;
        }
        if (addSpecial) {
            vocabulary.closing().forEach(ids::add);
        }
        return ids.build().toArray();
    }

    private String prefixed(String text, boolean first, boolean afterToken) {
        boolean prefix = switch (vocabulary.spacePrefix()) {
            case NEVER, BY_LIBRARY -> false;
            case EACH_FRAGMENT -> afterToken;
            case FIRST_FRAGMENT -> first && !text.startsWith(" ") && !text.startsWith("▁");
        };
        return prefix ? " " + text : text;
    }

    /** The binding hands text over as modified UTF-8, where one lone surrogate spoils every character beyond U+FFFF. */
    private static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return text.codePoints()
                        .map(p -> p >= Character.MIN_SURROGATE && p <= Character.MAX_SURROGATE ? 0xFFFD : p)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            }
        }
        return text;
    }

    /**
     * The text of ids. Bytes that are no valid UTF-8 read as U+FFFD.
     *
     * @param skipSpecial leave control tokens out; else they read as their names
     * @throws OutsideVocabularyException if an id is outside the vocabulary
     */
    public String decode(int[] ids, boolean skipSpecial) {
        return new String(decodeBytes(ids, skipSpecial), StandardCharsets.UTF_8);
    }

    /** The bytes of ids, without loss. */
    public byte[] decodeBytes(int[] ids, boolean skipSpecial) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 * ids.length);
        PieceReader reader = new PieceReader(this, skipSpecial);
        for (int id : ids) {
            bytes.writeBytes(reader.bytes(id));
        }
        return bytes.toByteArray();
    }

    /** Decodes ids as they come. One thread at a time may use what this returns. */
    public StreamDecoder streamDecoder(boolean skipSpecial) {
        return new StreamDecoder(new PieceReader(this, skipSpecial));
    }

    /**
     * The bytes that one id stands for, wherever it is: maybe a part of a character. A control token's are its name.
     *
     * @throws OutsideVocabularyException if the id is outside the vocabulary
     */
    public byte[] bytes(int id) {
        requireKnown(id);
        return vocabulary.bytes(id);
    }

    /** True if the id is a control token: no part of what a reader sees. */
    public boolean isSpecial(int id) {
        requireKnown(id);
        return vocabulary.kinds().get(id).special();
    }

    private void requireKnown(int id) {
        if (id < 0 || id >= vocabulary.size()) {
            throw new OutsideVocabularyException(id, vocabulary.size());
        }
    }

    /** What sort of tokenizer this is, in words. */
    public String kind() {
        return kind;
    }

    /** How many ids there are; they begin at 0. */
    public int size() {
        return vocabulary.size();
    }

    /** Names of the tokens that are no text. */
    public Set<String> controlTokens() {
        return controlTokens;
    }

    /** The name of the token that opens a text. */
    public Optional<String> bosToken() {
        return name(vocabulary.bos());
    }

    /** The name of the token that ends a text. */
    public Optional<String> eosToken() {
        return name(vocabulary.eos());
    }

    public OptionalInt bos() {
        return vocabulary.bos();
    }

    public OptionalInt eos() {
        return vocabulary.eos();
    }

    /** Ids put before a text that asks for special tokens. */
    public List<Integer> opening() {
        return vocabulary.opening();
    }

    private Optional<String> name(OptionalInt id) {
        return id.isPresent() ? Optional.of(vocabulary.tokens().get(id.getAsInt())) : Optional.empty();
    }

    /** The model's usual chat template, in Jinja. */
    public Optional<String> chatTemplate() {
        return chatTemplate("default");
    }

    /** A template by its name, such as "tool_use". */
    public Optional<String> chatTemplate(String name) {
        return Optional.ofNullable(vocabulary.chatTemplates().get(name));
    }

    boolean dropsFirstSpace() {
        return vocabulary.spacePrefix() != SpacePrefix.NEVER;
    }

    @Override
    public void close() {
        encoder.close();
    }
}
