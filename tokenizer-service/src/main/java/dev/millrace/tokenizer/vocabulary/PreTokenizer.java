package dev.millrace.tokenizer.vocabulary;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a text is cut into words before their bytes are merged, as {@code tokenizer.ggml.pre} names it. The expressions are the
 * model makers' own, in the form that llama.cpp has them; each cuts what those before it left.
 */
@SuppressWarnings("ImmutableEnumChecker") // what Set.of and List.of give is immutable
enum PreTokenizer {
    GPT_2(
            Merging.BY_RANK,
            Opening.NONE,
            "gpt-2 phi-2 jina-es jina-de jina-v2-es jina-v2-de gigachat a.x-4.0 mellum mpt olmo jais trillion"
                    + " granite-docling exaone4",
            Words.GPT_2),
    SMOLLM(
            Merging.BY_RANK,
            Opening.NONE,
            "smollm starcoder refact command-r codeshell exaone minerva-7b",
            "\\p{N}",
            Words.GPT_2),
    DEFAULT(
            Merging.BY_RANK,
            Opening.NONE,
            "default",
            "[\\p{P}\\$\\+<=>\\^~\\|]+",
            Words.GPT_2,
            "\\p{N}+",
            "[0-9][0-9][0-9]"),
    FALCON(Merging.BY_RANK, Opening.NONE, "falcon", "[\\p{P}\\$\\+<=>\\^~\\|`]+", Words.GPT_2, "[0-9][0-9][0-9]"),
    LLAMA_3(
            Merging.WHOLE_WORDS_FIRST,
            Opening.BOS,
            "llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2",
            Words.THREE_DIGITS),
    DBRX(Merging.BY_RANK, Opening.NONE, "dbrx smaug-bpe glm4 chatglm-bpe", Words.THREE_DIGITS),
    QWEN_2(
            Merging.BY_RANK,
            Opening.NONE,
            "qwen2 deepseek-r1-qwen kormo megrez stablelm2 hunyuan grok-2",
            Words.ONE_DIGIT),
    QWEN_35(
            Merging.BY_RANK,
            Opening.NONE,
            "qwen35",
            Words.CONTRACTIONS
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
                    + Words.WHITE_SPACE),
    TEKKEN(
            Merging.WHOLE_WORDS_FIRST,
            Opening.BOS,
            "tekken",
            Words.UPPER_THEN_LOWER + "|" + Words.UPPER + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*" + Words.WHITE_SPACE),
    GPT_4O(
            Merging.BY_RANK,
            Opening.NONE,
            "gpt-4o llama4 minimax-m2",
            Words.UPPER_THEN_LOWER + Words.CONTRACTIONS + "?|" + Words.UPPER + Words.CONTRACTIONS
                    + "?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*" + Words.WHITE_SPACE),
    DEEPSEEK_LLM(
            Merging.BY_RANK,
            Opening.NONE,
            "deepseek-llm",
            "[\\r\\n]",
            "\\s?[" + Words.CASED_LETTERS + "]+",
            "\\s?[!-/:-~！-／：-～‘-‟\\x{3000}-。]+",
            "\\s+$",
            "[一-龥ࠀ-一가-퟿]+",
            "\\p{N}+"),
    DEEPSEEK_CODER(
            Merging.BY_RANK,
            Opening.NONE,
            "deepseek-coder",
            "[\\r\\n]",
            "\\s?\\p{L}+",
            "\\s?\\p{P}+",
            "[一-龥ࠀ-一가-퟿]+",
            "\\p{N}"),
    DEEPSEEK_3(
            Merging.BY_RANK,
            Opening.NONE,
            "deepseek-v3 hunyuan-dense",
            "\\p{N}{1,3}",
            "[一-龥\\x{3040}-ゟ゠-ヿ]+",
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                    + "| ?[\\p{P}\\p{S}]+[\\r\\n]*" + Words.WHITE_SPACE),
    BLOOM(Merging.BY_RANK, Opening.NONE, "bloom poro-chat gpt3-finnish", Words.BETWEEN_PUNCTUATION),
    VIKING(Merging.BY_RANK, Opening.NONE, "viking", Words.BETWEEN_PUNCTUATION, "\\p{N}"),
    BAILING_MOE(
            Merging.BY_RANK,
            Opening.NONE,
            "bailingmoe bailingmoe2 llada-moe",
            "'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"),
    SEED_CODER(
            Merging.BY_RANK,
            Opening.NONE,
            "seed-coder",
            Words.CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+"
                    + Words.WHITE_SPACE);

    /** How the bytes of a word become tokens. */
    enum Merging {
        BY_RANK,
        /** A word that is a token as it stands is that token, whether or not merges lead there. */
        WHOLE_WORDS_FIRST
    }

    /** What is put before a text where the file doesn't say. */
    enum Opening {
        NONE,
        BOS
    }

    private static final Map<String, PreTokenizer> BY_NAME = Stream.of(values())
            .flatMap(p -> p.names.stream().map(name -> Map.entry(name, p)))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private final Merging merging;
    private final Opening opening;
    private final Set<String> names;
    private final List<String> expressions;

    PreTokenizer(Merging merging, Opening opening, String names, String... expressions) {
        this.merging = merging;
        this.opening = opening;
        this.names = Set.of(names.split(" "));
        this.expressions = List.of(expressions);
    }

    /**
     * The one that a GGUF file names.
     *
     * @throws UnsupportedTokenizerException if there is none of that name: a guess would give wrong ids without a word
     */
    static PreTokenizer named(String name) {
        PreTokenizer found = BY_NAME.get(name);
        if (found == null) {
            throw new UnsupportedTokenizerException("the pre-tokenizer \"" + name
                    + "\" (tokenizer.ggml.pre) is not known; known are " + String.join(", ", names()));
        }
        return found;
    }

    /** Every name that is known, in alphabetical order. */
    static Set<String> names() {
        return new TreeSet<>(BY_NAME.keySet());
    }

    Merging merging() {
        return merging;
    }

    Opening opening() {
        return opening;
    }

    List<String> expressions() {
        return expressions;
    }

    /** Parts that several expressions share. */
    private static final class Words {
        static final String CONTRACTIONS = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
        static final String WHITE_SPACE = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        static final String GPT_2 =
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
        static final String THREE_DIGITS = CONTRACTIONS
                + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + WHITE_SPACE;
        static final String ONE_DIGIT =
                CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + WHITE_SPACE;
        static final String UPPER_THEN_LOWER =
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+";
        static final String UPPER =
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*";
        static final String BETWEEN_PUNCTUATION = " ?[^(\\s|.,!?…。，、।۔،)]+";
        /** Letters that have a case, as DeepSeek's first models list them. */
        static final String CASED_LETTERS = "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-Ⴥ"
                + "Ꭰ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨ"
                + "K-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";
    }
}
