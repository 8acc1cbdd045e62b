package dev.millrace.rag.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.TokenBorders;
import dev.millrace.rag.parse.ParsedDocument;
import dev.millrace.rag.parse.ParsedDocument.Heading;
import dev.millrace.rag.parse.ParsedDocument.Page;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChunkerTest {
    private static final TokenBorders BORDERS = new TokenBorders(EncoderModel.MINILM);
    private final Chunker chunker = new Chunker(BORDERS, 512);

    private static ParsedDocument plain(String text) {
        return new ParsedDocument("text/plain", text, List.of(), List.of());
    }

    private static String sentences(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append("The river number ")
                    .append(i)
                    .append(" turns the wheel of mill ")
                    .append(i * 7)
                    .append(". ");
        }
        return text.toString();
    }

    @Test
    void tokens_start_where_their_characters_are_also_after_characters_of_two_units() {
        String text = "𝕏 mills 水车 turn";
        int[] starts = BORDERS.starts(text);
        assertThat(starts).contains(text.indexOf("mills"), text.indexOf("水"), text.indexOf("车"), text.indexOf("turn"));
    }

    @Test
    void chunks_are_the_documents_own_characters_within_the_limit_and_leave_nothing_out() {
        ParsedDocument document = plain(sentences(300));
        List<Chunk> chunks = chunker.chunks(document, new Chunking(200, 50));
        assertThat(chunks).hasSizeGreaterThan(10);
        int covered = 0;
        for (Chunk chunk : chunks) {
            assertThat(chunk.text()).isEqualTo(chunk.span().of(document.text()));
            assertThat(BORDERS.starts(chunk.text()).length).isLessThanOrEqualTo(200);
            assertThat(chunk.text()).startsWith("The river");
            assertThat(chunk.span().start()).isLessThanOrEqualTo(covered);
            covered = chunk.span().end();
        }
        assertThat(covered).isEqualTo(document.text().stripTrailing().length());
    }

    @Test
    void every_token_is_within_what_the_encoder_reads_of_some_chunk() {
        ParsedDocument document = plain(sentences(200));
        int read = 0;
        for (Chunk chunk : chunker.chunks(document, Chunking.AUTO)) {
            assertThat(chunk.span().start()).isLessThanOrEqualTo(read);
            int[] tokens = BORDERS.starts(chunk.text());
            read = tokens.length <= 510 ? chunk.span().end() : chunk.span().start() + tokens[510];
        }
        assertThat(read).isEqualTo(document.text().stripTrailing().length());
    }

    @Test
    void a_sentence_longer_than_a_chunk_is_cut_between_words() {
        ParsedDocument document = plain("wheel ".repeat(1_000));
        List<Chunk> chunks = chunker.chunks(document, new Chunking(100, 0));
        assertThat(chunks)
                .hasSize(10)
                .allSatisfy(chunk ->
                        assertThat(chunk.text().strip()).startsWith("wheel").endsWith("wheel"));
    }

    @Test
    void a_heading_opens_a_chunk_and_names_it_with_its_pages() {
        String first = "Water\n\n" + sentences(12);
        String second = "Wind\n\n" + sentences(12);
        ParsedDocument document = new ParsedDocument(
                "application/pdf",
                first + second,
                List.of(new Heading(0, 1, "Water"), new Heading(first.length(), 1, "Wind")),
                List.of(new Page(1, 0), new Page(2, first.length() + 10)));
        List<Chunk> chunks = chunker.chunks(document, new Chunking(200, 50));
        assertThat(chunks).hasSize(2);
        assertThat(chunks.get(1).text()).startsWith("Wind");
        assertThat(chunks.get(1).heading()).isEqualTo("Wind");
        assertThat(chunks.get(0).pages().last()).isEqualTo(1);
        assertThat(chunks.get(1).pages().first()).isEqualTo(1);
        assertThat(chunks.get(1).pages().last()).isEqualTo(2);
        assertThat(chunks.get(1).pages().at(first.length() + 9)).isEqualTo(1);
        assertThat(chunks.get(1).pages().at(first.length() + 10)).isEqualTo(2);
    }

    @Test
    void limits_out_of_bounds_are_refused_with_their_values() {
        assertThatThrownBy(() -> new Chunking(99, 0)).hasMessageContaining("100 to 4096, was 99");
        assertThatThrownBy(() -> new Chunking(100, 51)).hasMessageContaining("(50), was 51");
    }
}
