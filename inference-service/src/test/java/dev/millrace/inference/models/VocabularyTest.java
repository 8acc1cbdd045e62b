package dev.millrace.inference.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.inference.text.ByteLevel;
import dev.millrace.inference.text.SentencePiece;
import dev.millrace.inference.text.Vocabulary;
import dev.millrace.kernels.weights.GgufFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyTest {
    private static final Path TINY = Path.of("src/test/resources/tiny");

    @TempDir
    private Path folder;

    @Test
    void byte_level_tokens_are_any_bytes() {
        assertThat(ByteLevel.decode("ĠHello")).isEqualTo(utf8(" Hello"));
        assertThat(ByteLevel.decode("ĊĉĠ")).isEqualTo(utf8("\n\t "));
        // the three bytes of a Chinese character, and the first two of them
        assertThat(ByteLevel.decode("ä½ł")).isEqualTo(utf8("你"));
        assertThat(ByteLevel.decode("ä½")).isEqualTo(new byte[] {(byte) 0xE4, (byte) 0xBD});
        assertThat(ByteLevel.decode("你")).isEqualTo(utf8("你"));
    }

    @Test
    void every_byte_has_its_own_character() {
        boolean[] seen = new boolean[256];
        for (char c = '!'; c < 0x144; c++) {
            byte[] decoded = ByteLevel.decode(String.valueOf(c));
            // U+007F alone is ASCII and not of the alphabet
            if (decoded.length == 1 && c != 0x7F) {
                assertThat(seen[decoded[0] & 0xFF])
                        .as("byte of U+%04X", (int) c)
                        .isFalse();
                seen[decoded[0] & 0xFF] = true;
            }
        }
        assertThat(seen).doesNotContain(false);
    }

    @Test
    void sentence_piece_tokens_are_text_or_one_byte() {
        assertThat(SentencePiece.decode("▁▁Hello")).isEqualTo(utf8("  Hello"));
        assertThat(SentencePiece.decode("<0xE4>")).isEqualTo(new byte[] {(byte) 0xE4});
        assertThat(SentencePiece.decode("<0xZZ>")).isEqualTo(utf8("<0xZZ>"));
    }

    @Test
    void a_gguf_and_a_folder_of_one_model_give_the_same_vocabulary() throws IOException {
        try (GgufFile file = GgufFile.open(TINY.resolve("llama-tied.gguf"))) {
            Vocabulary gguf = GgufVocabulary.read(file);
            Vocabulary json = TokenizerJson.read(TINY.resolve("llama-tied"), 96);

            assertThat(gguf.tokens())
                    .hasSize(96)
                    .usingElementComparator((a, b) -> java.util.Arrays.compare(a, b))
                    .isEqualTo(json.tokens());
            assertThat(gguf.tokens().get(4)).isEqualTo(utf8(" "));
            assertThat(gguf.control()).containsExactlyInAnyOrder(0, 1, 2, 3).isEqualTo(json.control());
            // declared, and known by name
            assertThat(gguf.ends()).containsExactlyInAnyOrder(2, 3).isEqualTo(json.ends());
        }
    }

    @Test
    void ids_beyond_the_tokenizer_stand_for_nothing() throws IOException {
        Vocabulary padded = TokenizerJson.read(TINY.resolve("llama-tied"), 128);

        assertThat(padded.size()).isEqualTo(128);
        assertThat(padded.tokens().get(127)).isEmpty();
        assertThat(padded.control()).contains(96, 127);
    }

    @Test
    void several_declared_ends_all_count_and_generation_config_goes_first() throws IOException {
        Files.copy(TINY.resolve("llama-tied/tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 7}");
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [5, 6]}");

        assertThat(TokenizerJson.read(folder, 96).ends()).containsExactlyInAnyOrder(2, 3, 5, 6);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
