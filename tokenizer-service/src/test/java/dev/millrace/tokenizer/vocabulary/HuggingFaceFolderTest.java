package dev.millrace.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Model folders as Hugging Face has them, against what Hugging Face's own library gave. */
class HuggingFaceFolderTest {
    private static final JsonNode FOLDERS = SmallVocabularies.resource("folders.json");

    @TempDir
    Path folder;

    static Stream<String> folders() {
        return FOLDERS.propertyNames().stream();
    }

    private ModelTokenizer open(String name) throws IOException {
        for (Map.Entry<String, JsonNode> file : FOLDERS.get(name).get("files").properties()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue().toString());
        }
        return open();
    }

    private ModelTokenizer open() throws IOException {
        return new TokenizerFiles(new TokenizerCache(folder.resolve("cache"))).open(folder);
    }

    @ParameterizedTest
    @MethodSource("folders")
    void ids_are_those_of_hugging_face(String name) throws IOException {
        JsonNode golden = FOLDERS.get(name);
        List<String> different = new ArrayList<>();
        try (ModelTokenizer tokenizer = open(name)) {
            for (int i = 0; i < GoldenTexts.SMALL.size(); i++) {
                String text = GoldenTexts.SMALL.get(i);
                GoldenTexts.compare(
                        "plain",
                        i,
                        tokenizer.encode(text, false),
                        golden.get("plain").asString(),
                        different);
                GoldenTexts.compare(
                        "parsed",
                        i,
                        tokenizer.encodeParsingSpecial(text, false),
                        golden.get("parsed").asString(),
                        different);
                GoldenTexts.compare(
                        "added",
                        i,
                        tokenizer.encodeParsingSpecial(text, true),
                        golden.get("added").asString(),
                        different);
            }
        }
        assertThat(different).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("folders")
    void composed_text_decodes_to_itself(String name) throws IOException {
        try (ModelTokenizer tokenizer = open(name)) {
            for (String text : List.of("a", "a  b ", "héllo\n\n 😀 日本", "\t", "")) {
                assertThat(tokenizer.decode(tokenizer.encode(text, true), true)).isEqualTo(text);
            }
        }
    }

    @Test
    void special_tokens_and_templates_come_from_the_configuration() throws IOException {
        try (ModelTokenizer tokenizer = open("a space before the first piece, as Mistral")) {
            assertThat(tokenizer.bosToken()).contains("<s>");
            assertThat(tokenizer.eosToken()).contains("</s>");
            assertThat(tokenizer.opening()).containsExactly(1);
            assertThat(tokenizer.controlTokens()).containsExactlyInAnyOrder("<unk>", "<s>", "</s>");
            assertThat(tokenizer.chatTemplate()).contains("usual");
            assertThat(tokenizer.chatTemplate("tool_use")).contains("with tools");
        }
    }

    @Test
    void a_template_in_a_file_of_its_own_goes_before_the_configuration_s() throws IOException {
        Files.writeString(folder.resolve("chat_template.jinja"), "of its own");
        Files.createDirectory(folder.resolve("additional_chat_templates"));
        Files.writeString(folder.resolve("additional_chat_templates").resolve("rag.jinja"), "with documents");
        try (ModelTokenizer tokenizer = open("NFC and byte-level BPE, as Qwen")) {
            assertThat(tokenizer.chatTemplate()).contains("of its own");
            assertThat(tokenizer.chatTemplate("rag")).contains("with documents");
        }
    }

    @Test
    void a_model_that_is_not_known_is_refused_by_its_name() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{}},\"added_tokens\":[]}");
        assertThatThrownBy(this::open)
                .isInstanceOf(UnsupportedTokenizerException.class)
                .hasMessageContaining("\"WordPiece\"");
    }

    @Test
    void a_folder_without_a_tokenizer_or_with_a_broken_one_is_refused() throws IOException {
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("tokenizer.json");
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\":");
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("no valid JSON");
        Files.writeString(folder.resolve("tokenizer.json"), "[]");
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("JSON object");
    }
}
