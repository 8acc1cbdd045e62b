package dev.millrace.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Ids of every pre-tokenizer that we know, against what llama.cpp gave for the same texts and vocabularies. */
class GoldenTest {
    private static final JsonNode GOLDENS = GoldenTexts.GOLDENS;

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
            for (int i = 0; i < GoldenTexts.SMALL.size(); i++) {
                String text = GoldenTexts.SMALL.get(i);
                compare("plain", i, tokenizer.encode(text, false), golden, different);
                compare("parsed", i, tokenizer.encodeParsingSpecial(text, false), golden, different);
                compare("added", i, tokenizer.encodeParsingSpecial(text, true), golden, different);
            }
            assertThat(different).isEmpty();
        }
    }

    private static void compare(String mode, int index, int[] ids, JsonNode golden, List<String> different) {
        String expected = GOLDENS.get("ids").get(golden.get(mode).asString()).asString();
        GoldenTexts.compare(mode, index, ids, expected, different);
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
