package dev.millrace.standalone.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.TestModels;
import dev.millrace.tokenizer.vocabulary.ModelTokenizer;
import dev.millrace.tokenizer.vocabulary.StreamDecoder;
import dev.millrace.tokenizer.vocabulary.TokenizerCache;
import dev.millrace.tokenizer.vocabulary.TokenizerFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The three models' own vocabularies. What llama.cpp gave was written by make_goldens.py of the tokenizer service. */
class RealVocabularyTest {
    private static final JsonNode GOLDENS = goldens();
    private static final int CRC_DIGITS = 8;
    private static final Map<String, ModelTokenizer> TOKENIZERS = new HashMap<>();

    @TempDir
    static Path folder;

    @BeforeAll
    static void open() throws IOException {
        TokenizerFiles files = new TokenizerFiles(new TokenizerCache(folder));
        for (String model : GOLDENS.get("models").propertyNames()) {
            TOKENIZERS.put(model, files.open(TestModels.path(model)));
        }
    }

    @AfterAll
    static void close() {
        TOKENIZERS.values().forEach(ModelTokenizer::close);
    }

    private static ModelTokenizer tokenizer(String model) {
        return Objects.requireNonNull(TOKENIZERS.get(model), model);
    }

    private static List<String> texts() {
        List<String> texts = new ArrayList<>();
        GOLDENS.get("texts").forEach(text -> texts.add(text.asString()));
        return texts;
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-135m", "gemma3-270m", "qwen2.5-coder-1.5b"})
    void ids_are_those_of_llama_cpp(String model) {
        JsonNode golden = GOLDENS.get("models").get(model);
        ModelTokenizer tokenizer = tokenizer(model);
        List<String> different = new ArrayList<>();
        List<String> texts = texts();
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i);
            compare("plain", i, tokenizer.encode(text, false), golden, different);
            compare("parsed", i, tokenizer.encodeParsingSpecial(text, false), golden, different);
            compare("added", i, tokenizer.encodeParsingSpecial(text, true), golden, different);
        }
        assertThat(texts).hasSizeGreaterThan(300);
        assertThat(different).isEmpty();
    }

    private static void compare(String mode, int index, int[] ids, JsonNode golden, List<String> different) {
        String expected = golden.get(mode).asString().substring(index * CRC_DIGITS, (index + 1) * CRC_DIGITS);
        if (!crc(ids).equals(expected)) {
            different.add(mode + ": \"" + GOLDENS.get("texts").get(index).asString() + "\"");
        }
    }

    private static String crc(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.of(ids).forEach(bytes::putInt);
        CRC32 crc = new CRC32();
        crc.update(bytes.array());
        return String.format("%08x", crc.getValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-135m", "gemma3-270m", "qwen2.5-coder-1.5b"})
    void what_was_encoded_decodes_to_the_same_text(String model) {
        long seed = new Random().nextLong();
        System.out.println("round trips of " + model + ": seed " + seed);
        Random random = new Random(seed);
        ModelTokenizer tokenizer = tokenizer(model);
        List<String> texts = texts();
        IntStream.range(0, 1000).mapToObj(i -> randomText(random)).forEach(texts::add);
        BitSet spelled = spelled(tokenizer);
        texts.removeIf(text -> !canSpell(spelled, text));
        if (tokenizer.kind().equals("SentencePiece")) {
            // there this sign is a space
            texts.removeIf(text -> text.contains("▁"));
        }
        assertThat(texts).hasSizeGreaterThan(500);
        for (String text : texts) {
            int[] ids = tokenizer.encode(text, false);
            assertThat(tokenizer.decode(ids, true)).isEqualTo(text);
            assertThat(streamed(tokenizer, ids)).isEqualTo(text);
        }
    }

    /** The bytes that have a token of their own: SmolLM2 lacks 21 that its makers never met. */
    private static BitSet spelled(ModelTokenizer tokenizer) {
        BitSet spelled = new BitSet();
        for (int id = 0; id < tokenizer.size(); id++) {
            byte[] bytes = tokenizer.bytes(id);
            if (bytes.length == 1) {
                spelled.set(Byte.toUnsignedInt(bytes[0]));
            }
        }
        return spelled;
    }

    private static boolean canSpell(BitSet spelled, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return IntStream.range(0, bytes.length).allMatch(i -> spelled.get(Byte.toUnsignedInt(bytes[i])));
    }

    private static String streamed(ModelTokenizer tokenizer, int[] ids) {
        StreamDecoder decoder = tokenizer.streamDecoder(true);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            String piece = decoder.next(id);
            assertThat(piece).doesNotEndWith("\uFFFD\uFFFD");
            text.append(piece);
        }
        return text.append(decoder.finish()).toString();
    }

    private static String randomText(Random random) {
        return random.ints(random.nextInt(60), 0, 5)
                .map(range -> switch (range) {
                    case 0 -> ' ' + random.nextInt(95);
                    case 1 -> random.nextInt(0x700);
                    case 2 -> 0x4E00 + random.nextInt(0x5000);
                    case 3 -> 0x1F300 + random.nextInt(0x700);
                    default -> " \n\t".charAt(random.nextInt(3));
                })
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void text_that_looks_like_a_control_token_is_text_unless_it_is_trusted() {
        ModelTokenizer tokenizer = tokenizer("smollm2-135m");
        assertThat(tokenizer.encode("<|im_end|>", false)).hasSizeGreaterThan(1);
        assertThat(tokenizer.encodeParsingSpecial("<|im_end|>", false)).containsExactly(2);
        assertThat(tokenizer.controlTokens()).contains("<|im_start|>", "<|im_end|>", "<|endoftext|>");
        for (String model : TOKENIZERS.keySet()) {
            ModelTokenizer other = tokenizer(model);
            for (String name : other.controlTokens()) {
                assertThat(IntStream.of(other.encode("a " + name + " b", false)).filter(other::isSpecial))
                        .as("%s of %s", name, model)
                        .isEmpty();
            }
        }
    }

    @Test
    void many_threads_at_once_get_the_ids_that_one_gets() throws InterruptedException, ExecutionException {
        ModelTokenizer tokenizer = tokenizer("qwen2.5-coder-1.5b");
        List<String> texts = texts();
        List<int[]> alone =
                texts.stream().map(text -> tokenizer.encode(text, true)).toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            Callable<List<int[]>> all = () ->
                    texts.stream().map(text -> tokenizer.encode(text, true)).toList();
            List<Future<List<int[]>>> results = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                results.add(threads.submit(all));
            }
            for (Future<List<int[]>> result : results) {
                assertThat(result.get()).usingRecursiveComparison().isEqualTo(alone);
            }
        }
    }

    @Test
    void the_files_say_what_opens_a_text_and_how_a_chat_looks() {
        assertThat(tokenizer("gemma3-270m").opening()).containsExactly(2);
        assertThat(tokenizer("gemma3-270m").chatTemplate()).isEmpty();
        assertThat(tokenizer("smollm2-135m").opening()).isEmpty();
        assertThat(tokenizer("smollm2-135m").chatTemplate().orElseThrow()).contains("SmolLM");
        assertThat(tokenizer("qwen2.5-coder-1.5b").eosToken()).contains("<|im_end|>");
    }

    @Test
    void encoding_often_keeps_no_native_memory() throws IOException {
        ModelTokenizer tokenizer = tokenizer("smollm2-135m");
        String text = "The quick brown fox jumps over the lazy dog. ".repeat(20);
        encodeOften(tokenizer, text, 1_000);
        long before = residentBytes();
        encodeOften(tokenizer, text, 10_000);
        // each encoding holds some 100 KB: kept, they would be a gigabyte
        assertThat(residentBytes() - before).isLessThan(300L << 20);
    }

    private static void encodeOften(ModelTokenizer tokenizer, String text, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(tokenizer.encode(text, false).length).isPositive();
        }
    }

    private static long residentBytes() throws IOException {
        String line = Files.readString(Path.of("/proc/self/statm"), StandardCharsets.US_ASCII);
        return Long.parseLong(line.split(" ", -1)[1]) * 4096;
    }

    private static JsonNode goldens() {
        try (InputStream in = Objects.requireNonNull(RealVocabularyTest.class.getResourceAsStream("goldens.json"))) {
            return new JsonMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
