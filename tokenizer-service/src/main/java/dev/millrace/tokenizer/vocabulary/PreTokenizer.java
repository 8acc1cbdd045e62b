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
            "gpt-2 phi-2 modern-bert jina-es jina-de jina-v2-es jina-v2-de gigachat a.x-4.0 mellum mpt olmo jais trillion"
                    + " granite-docling exaone4",
            Words.GPT_2),
    SMOLLM(
            Merging.BY_RANK,
            Opening.NONE,
            "smollm starcoder refact command-r codeshell exaone minerva-7b mellum2",
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
            "llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano",
            Words.THREE_DIGITS),
    DBRX(Merging.BY_RANK, Opening.NONE, "dbrx smaug-bpe chatglm-bpe", Words.THREE_DIGITS),
    GLM_4(Merging.WHOLE_WORDS_FIRST, Opening.NONE, "glm4 glm5 minicpm5", Words.THREE_DIGITS),
    QWEN_2(
            Merging.BY_RANK,
            Opening.NONE,
            "qwen2 deepseek-r1-qwen kormo megrez stablelm2 hunyuan grok-2 f2llmv2 ufakzeka solar-open",
            Words.ONE_DIGIT),
    QWEN_35(
            Merging.BY_RANK,
            Opening.NONE,
            "qwen35",
            Words.CONTRACTIONS
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
                    + Words.WHITE_SPACE),
    // llama.cpp leaves the combining marks of these two out; the models were trained with them
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
            "\\s?[!-/:-~\\x{FF01}-\\x{FF0F}\\x{FF1A}-\\x{FF5E}\\x{2018}-\\x{201F}\\x{3000}-\\x{3002}]+",
            "\\s+$",
            "[\\x{4E00}-\\x{9FA5}\\x{800}-\\x{4E00}\\x{AC00}-\\x{D7FF}]+",
            "\\p{N}+"),
    DEEPSEEK_CODER(
            Merging.BY_RANK,
            Opening.NONE,
            "deepseek-coder",
            "[\\r\\n]",
            "\\s?\\p{L}+",
            "\\s?\\p{P}+",
            "[\\x{4E00}-\\x{9FA5}\\x{800}-\\x{4E00}\\x{AC00}-\\x{D7FF}]+",
            "\\p{N}"),
    DEEPSEEK_3(
            Merging.BY_RANK,
            Opening.NONE,
            "deepseek-v3 hunyuan-dense joyai-llm",
            "\\p{N}{1,3}",
            "[\\x{4E00}-\\x{9FA5}\\x{3040}-\\x{309F}\\x{30A0}-\\x{30FF}]+",
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
        static final String BETWEEN_PUNCTUATION =
                " ?[^(\\s|.,!?\\x{2026}\\x{3002}\\x{FF0C}\\x{3001}\\x{964}\\x{6D4}\\x{60C})]+";
        /** Letters that have a case, as DeepSeek's first models list them. */
        static final String CASED_LETTERS =
                "A-Za-z\\x{B5}\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{1BA}\\x{1BC}-\\x{1BF}\\x{1C4}-\\x{293}"
                        + "\\x{295}-\\x{2AF}\\x{370}-\\x{373}\\x{376}\\x{377}\\x{37B}-\\x{37D}\\x{37F}\\x{386}"
                        + "\\x{388}-\\x{38A}\\x{38C}\\x{38E}-\\x{3A1}\\x{3A3}-\\x{3F5}\\x{3F7}-\\x{481}\\x{48A}-\\x{52F}"
                        + "\\x{531}-\\x{556}\\x{10A0}-\\x{10C5}\\x{13A0}-\\x{13F5}\\x{13F8}-\\x{13FD}\\x{1C90}-\\x{1CBA}"
                        + "\\x{1CBD}-\\x{1CBF}\\x{1D00}-\\x{1D2B}\\x{1D6B}-\\x{1D77}\\x{1D79}-\\x{1D9A}\\x{1E00}-\\x{1F15}"
                        + "\\x{1F18}-\\x{1F1D}\\x{1F20}-\\x{1F45}\\x{1F48}-\\x{1F4D}\\x{1F50}-\\x{1F57}\\x{1F59}\\x{1F5B}"
                        + "\\x{1F5D}\\x{1F5F}-\\x{1F7D}\\x{1F80}-\\x{1FB4}\\x{1FB6}-\\x{1FBC}\\x{1FBE}\\x{1FC2}-\\x{1FC4}"
                        + "\\x{1FC6}-\\x{1FCC}\\x{1FD0}-\\x{1FD3}\\x{1FD6}-\\x{1FDB}\\x{1FE0}-\\x{1FEC}\\x{1FF2}-\\x{1FF4}"
                        + "\\x{1FF6}-\\x{1FFC}\\x{2102}\\x{2107}\\x{210A}-\\x{2113}\\x{2115}\\x{2119}-\\x{211D}\\x{2124}"
                        + "\\x{2126}\\x{2128}\\x{212A}-\\x{212D}\\x{212F}-\\x{2134}\\x{2139}\\x{213C}-\\x{213F}"
                        + "\\x{2145}-\\x{2149}\\x{214E}\\x{2183}\\x{2184}\\x{2C00}-\\x{2C7B}\\x{2C7E}-\\x{2CE4}"
                        + "\\x{2CEB}-\\x{2CEE}\\x{2CF2}\\x{2CF3}\\x{A640}-\\x{A66D}\\x{A680}-\\x{A69B}\\x{A722}-\\x{A76F}"
                        + "\\x{A771}-\\x{A787}\\x{A78B}-\\x{A78E}\\x{AB70}-\\x{ABBF}\\x{FB00}-\\x{FB06}\\x{FB13}-\\x{FB17}"
                        + "\\x{FF21}-\\x{FF3A}\\x{FF41}-\\x{FF5A}\\x{10400}-\\x{1044F}\\x{104B0}-\\x{104D3}"
                        + "\\x{104D8}-\\x{104FB}\\x{10C80}-\\x{10CB2}\\x{10CC0}-\\x{10CF2}\\x{118A0}-\\x{118DF}"
                        + "\\x{1E900}-\\x{1E943}";
    }
}
