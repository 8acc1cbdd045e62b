package dev.millrace.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Ids of every pre-tokenizer that we know, against what llama.cpp gave for the same texts and vocabularies. */
class GoldenTest {
    private static final JsonNode GOLDENS = SmallVocabularies.resource("goldens.json");
    private static final List<String> TEXTS = SmallVocabularies.list(GOLDENS.get("texts"), JsonNode::asString);
    private static final int CRC_DIGITS = 8;

    @TempDir
    Path folder;

    static Stream<String> cases() {
        return GOLDENS.get("cases").propertyNames().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void ids_are_those_of_llama_cpp(String name) throws IOException {
        JsonNode golden = GOLDENS.get("cases").get(name);
        GgufWriter gguf = SmallVocabularies.gguf(golden.get("vocabulary").asString());
        for (Map.Entry<String, JsonNode> key : golden.get("keys").properties()) {
            JsonNode value = key.getValue();
            gguf.put(
                    "tokenizer.ggml." + key.getKey(),
                    value.isBoolean() ? (Object) value.asBoolean() : value.asString());
        }
        try (ModelTokenizer tokenizer = open(gguf)) {
            List<String> different = new ArrayList<>();
            for (int i = 0; i < TEXTS.size(); i++) {
                String text = TEXTS.get(i);
                compare("plain", i, tokenizer.encode(text, false), golden, different);
                compare("parsed", i, tokenizer.encodeParsingSpecial(text, false), golden, different);
                compare("added", i, tokenizer.encodeParsingSpecial(text, true), golden, different);
            }
            assertThat(different).isEmpty();
        }
    }

    private static void compare(String mode, int index, int[] ids, JsonNode golden, List<String> different) {
        String all = GOLDENS.get("ids").get(golden.get(mode).asString()).asString();
        String expected = all.substring(index * CRC_DIGITS, (index + 1) * CRC_DIGITS);
        if (!crc(ids).equals(expected)) {
            different.add(mode + " text " + index + ": \"" + TEXTS.get(index) + "\"");
        }
    }

    private static String crc(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.of(ids).forEach(bytes::putInt);
        CRC32 crc = new CRC32();
        crc.update(bytes.array());
        return String.format("%08x", crc.getValue());
    }

    @Test
    void there_are_goldens_for_every_pre_tokenizer_that_is_known() {
        TreeSet<String> tested = new TreeSet<>();
        GOLDENS.get("cases")
                .forEach(golden -> golden.get("keys").optional("pre").ifPresent(pre -> tested.add(pre.asString())));
        assertThat(tested).isEqualTo(PreTokenizer.names());
    }

    private ModelTokenizer open(GgufWriter gguf) throws IOException {
        return new TokenizerFiles(new TokenizerCache(folder.resolve("cache")))
                .open(gguf.write(folder.resolve("tiny.gguf")));
    }
}
