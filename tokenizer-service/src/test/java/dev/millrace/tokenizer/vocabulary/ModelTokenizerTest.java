package dev.millrace.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTokenizerTest {
    @TempDir
    Path folder;

    private ModelTokenizer byteLevel;
    private ModelTokenizer sentencePiece;

    @BeforeEach
    void open() throws IOException {
        byteLevel = open(SmallVocabularies.byteLevel("qwen2"), "byte-level.gguf");
        sentencePiece = open(SmallVocabularies.sentencePiece(), "sentence-piece.gguf");
    }

    @AfterEach
    void close() {
        byteLevel.close();
        sentencePiece.close();
    }

    private ModelTokenizer open(GgufWriter gguf, String name) throws IOException {
        return new TokenizerFiles(new TokenizerCache(folder.resolve("cache"))).open(gguf.write(folder.resolve(name)));
    }

    @Test
    void any_text_decodes_to_itself() {
        long seed = new Random().nextLong();
        System.out.println("round trips: seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            String text = random.ints(random.nextInt(40), 0, 0x20000)
                    // no lone surrogates, and not the sign that is a space in SentencePiece
                    .map(c -> (c >= 0xD800 && c < 0xE000) || c == '▁' ? ' ' : c)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            assertThat(byteLevel.decode(byteLevel.encode(text, false), true)).isEqualTo(text);
            assertThat(sentencePiece.decode(sentencePiece.encode(text, false), true))
                    .isEqualTo(text);
        }
    }

    @Test
    void a_lone_surrogate_reads_as_the_replacement_character_and_spoils_nothing_else() {
        for (String text : List.of("😀\uD83D😀", "\uDE00😀", "😀\uD83D", "a\uDC00\uD800b😀")) {
            String expected = text.codePoints()
                    .map(c -> c >= 0xD800 && c < 0xE000 ? 0xFFFD : c)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            assertThat(byteLevel.decode(byteLevel.encode(text, false), true)).isEqualTo(expected);
        }
    }

    @Test
    void long_texts_are_neither_cut_nor_padded() {
        String text = "x ".repeat(100_000);
        assertThat(byteLevel.decode(byteLevel.encode(text, false), true)).isEqualTo(text);
    }

    @Test
    void typed_names_of_control_tokens_never_become_them() {
        // merges of this vocabulary would lead from "<" and "s>" to the token that opens a text
        for (String name : sentencePiece.controlTokens()) {
            assertThat(IntStream.of(sentencePiece.encode(name, false)).filter(sentencePiece::isSpecial))
                    .isEmpty();
        }
        assertThat(sentencePiece.encodeParsingSpecial("<s>", false)).containsExactly(1);
        assertThat(sentencePiece.decode(sentencePiece.encode("<0x0A>", false), true))
                .isEqualTo("<0x0A>");
    }

    @Test
    void a_name_that_is_always_a_control_token_is_one_though_the_file_says_text() {
        assertThat(byteLevel.controlTokens()).contains("<|im_end|>");
        assertThat(byteLevel.encodeParsingSpecial("<|im_end|>", false)).hasSize(1);
        assertThat(byteLevel.encode("<|im_end|>", false)).hasSizeGreaterThan(1);
    }

    @Test
    void a_user_defined_token_is_found_in_any_text() {
        assertThat(byteLevel.encode("<|tool|>", false)).hasSize(1);
        assertThat(byteLevel.isSpecial(byteLevel.encode("<|tool|>", false)[0])).isFalse();
    }

    @Test
    void control_tokens_are_left_out_or_read_as_their_names() {
        int[] ids = byteLevel.encodeParsingSpecial("a<|im_end|>b", false);
        assertThat(byteLevel.decode(ids, true)).isEqualTo("ab");
        assertThat(byteLevel.decode(ids, false)).isEqualTo("a<|im_end|>b");
    }

    @Test
    void a_space_is_put_before_a_text_and_taken_away_again() {
        assertThat(sentencePiece.decode(sentencePiece.encode("a", false), true)).isEqualTo("a");
        assertThat(sentencePiece.decode(sentencePiece.encode(" a", false), true))
                .isEqualTo(" a");
        assertThat(sentencePiece.decode(sentencePiece.encode("a", true), true)).isEqualTo("a");
        assertThat(new String(sentencePiece.bytes(sentencePiece.encode("a", false)[0]), StandardCharsets.UTF_8))
                .startsWith(" ");
    }

    @Test
    void a_character_that_is_split_over_ids_is_held_back_until_it_is_whole() {
        int[] ids = byteLevel.encode("𐀀", false);
        assertThat(ids).hasSizeGreaterThan(1);
        StreamDecoder stream = byteLevel.streamDecoder(true);
        for (int i = 0; i < ids.length - 1; i++) {
            assertThat(stream.next(ids[i])).isEmpty();
        }
        assertThat(stream.next(ids[ids.length - 1])).isEqualTo("𐀀");
        assertThat(stream.finish()).isEmpty();
    }

    @Test
    void half_a_character_at_the_end_reads_as_the_replacement_character() {
        int[] ids = byteLevel.encode("𐀀", false);
        StreamDecoder stream = byteLevel.streamDecoder(true);
        stream.next(ids[0]);
        assertThat(stream.finish()).isEqualTo("\uFFFD");
        assertThat(byteLevel.decodeBytes(new int[] {ids[0]}, true)).isNotEmpty();
    }

    @Test
    void what_a_stream_gives_is_what_decoding_at_once_gives_for_any_ids() {
        long seed = new Random().nextLong();
        System.out.println("streams: seed " + seed);
        Random random = new Random(seed);
        for (ModelTokenizer tokenizer : List.of(byteLevel, sentencePiece)) {
            for (int i = 0; i < 500; i++) {
                int[] ids = random.ints(random.nextInt(50), 0, tokenizer.size()).toArray();
                StreamDecoder stream = tokenizer.streamDecoder(false);
                StringBuilder text = new StringBuilder();
                IntStream.of(ids).forEach(id -> text.append(stream.next(id)));
                assertThat(text.append(stream.finish()).toString()).isEqualTo(tokenizer.decode(ids, false));
            }
        }
    }

    @Test
    void an_id_outside_the_vocabulary_is_refused_with_what_would_be_right() {
        int size = byteLevel.size();
        for (int id : new int[] {-1, size, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> byteLevel.decode(new int[] {0, id}, true))
                    .isInstanceOf(OutsideVocabularyException.class)
                    .hasMessage("id " + id + " is outside the vocabulary, whose ids are 0 to " + (size - 1));
        }
    }

    @Test
    void a_closed_tokenizer_says_so() {
        byteLevel.close();
        byteLevel.close();
        assertThatThrownBy(() -> byteLevel.encode("a", false)).hasMessage("this tokenizer is closed");
    }
}
