package dev.millrace.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerFilesTest {
    @TempDir
    Path folder;

    private Path cache;
    private TokenizerFiles files;

    @BeforeEach
    void setUp() {
        cache = folder.resolve("cache");
        files = new TokenizerFiles(new TokenizerCache(cache));
    }

    private Path model(GgufWriter gguf) throws IOException {
        return gguf.write(folder.resolve("model.gguf"));
    }

    private int[] ids(Path model) throws IOException {
        try (ModelTokenizer tokenizer = files.open(model)) {
            return tokenizer.encode("hello world 123", true);
        }
    }

    private List<Path> kept() throws IOException {
        try (Stream<Path> found = Files.list(cache)) {
            return found.toList();
        }
    }

    @Test
    void an_unknown_pre_tokenizer_is_refused_by_its_name() throws IOException {
        Path model = model(SmallVocabularies.byteLevel("klingon-2"));
        assertThatThrownBy(() -> files.open(model))
                .isInstanceOf(UnsupportedTokenizerException.class)
                .hasMessageContaining("the pre-tokenizer \"klingon-2\"")
                .hasMessageContaining("known are")
                .hasMessageContaining("llama-bpe");
    }

    @Test
    void a_file_that_names_no_pre_tokenizer_is_refused() throws IOException {
        Path model = model(SmallVocabularies.byteLevel("gpt-2").without("tokenizer.ggml.pre"));
        assertThatThrownBy(() -> files.open(model))
                .isInstanceOf(UnsupportedTokenizerException.class)
                .hasMessageContaining("names no pre-tokenizer");
    }

    @Test
    void an_unknown_kind_of_tokenizer_is_refused_by_its_name() throws IOException {
        Path model = model(SmallVocabularies.byteLevel("gpt-2").put("tokenizer.ggml.model", "rwkv"));
        assertThatThrownBy(() -> files.open(model))
                .isInstanceOf(UnsupportedTokenizerException.class)
                .hasMessageContaining("\"rwkv\"");
    }

    @Test
    void a_file_without_a_vocabulary_says_which_key_it_lacks() throws IOException {
        Path model = model(SmallVocabularies.byteLevel("gpt-2").without("tokenizer.ggml.tokens"));
        assertThatThrownBy(() -> files.open(model))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tokenizer.ggml.tokens");
        Path other = model(SmallVocabularies.byteLevel("gpt-2").without("tokenizer.ggml.merges"));
        assertThatThrownBy(() -> files.open(other))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tokenizer.ggml.merges");
    }

    @Test
    void a_file_with_fewer_kinds_than_tokens_is_refused() throws IOException {
        Path model = model(SmallVocabularies.byteLevel("gpt-2").put("tokenizer.ggml.token_type", List.of(1, 1)));
        assertThatThrownBy(() -> files.open(model))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tokenizer.ggml.token_type")
                .hasMessageContaining("has 2");
    }

    @Test
    void templates_are_found_by_name() throws IOException {
        Path model = model(SmallVocabularies.byteLevel("gpt-2")
                .put("tokenizer.chat_template", "usual")
                .put("tokenizer.chat_template.tool_use", "with tools"));
        try (ModelTokenizer tokenizer = files.open(model)) {
            assertThat(tokenizer.chatTemplate()).contains("usual");
            assertThat(tokenizer.chatTemplate("tool_use")).contains("with tools");
            assertThat(tokenizer.chatTemplate("rag")).isEmpty();
        }
    }

    @Test
    void what_was_built_once_is_used_again() throws IOException {
        Path model = model(SmallVocabularies.byteLevel("gpt-2"));
        int[] ids = ids(model);
        Path kept = kept().getFirst();
        Object written = Files.getLastModifiedTime(kept);
        assertThat(ids(model)).isEqualTo(ids);
        assertThat(kept()).containsExactly(kept);
        assertThat(Files.getLastModifiedTime(kept)).isEqualTo(written);
    }

    @Test
    void what_was_damaged_is_built_again() throws IOException {
        Path model = model(SmallVocabularies.byteLevel("gpt-2"));
        int[] ids = ids(model);
        Path kept = kept().getFirst();
        byte[] whole = Files.readAllBytes(kept);
        byte[] changed = whole.clone();
        changed[whole.length / 2] ^= 1;
        byte[] cut = Arrays.copyOf(whole, whole.length / 2);
        for (byte[] damaged : List.of(changed, cut, new byte[0], new byte[3])) {
            Files.write(kept, damaged);
            assertThat(ids(model)).isEqualTo(ids);
            assertThat(Files.readAllBytes(kept)).isEqualTo(whole);
        }
    }

    @Test
    void another_model_under_the_same_name_is_built_anew() throws IOException {
        int[] before = ids(model(SmallVocabularies.byteLevel("gpt-2")));
        int[] after = ids(model(SmallVocabularies.byteLevel("qwen2").put("tokenizer.ggml.add_bos_token", true)));
        assertThat(after).isNotEqualTo(before);
        assertThat(kept()).hasSize(2);
    }

    @Test
    void a_cache_that_can_not_be_written_to_keeps_no_model_away() throws IOException {
        Files.writeString(cache, "a file where the folder should be");
        assertThat(ids(model(SmallVocabularies.byteLevel("gpt-2")))).isNotEmpty();
    }
}
