package dev.millrace.rag.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.rag.chunk.Chunk;
import dev.millrace.rag.chunk.Chunker;
import dev.millrace.rag.chunk.Chunking;
import dev.millrace.rag.embed.EncoderModel;
import dev.millrace.rag.embed.TokenBorders;
import dev.millrace.rag.index.Hit;
import dev.millrace.rag.index.Nearness;
import dev.millrace.rag.parse.ParsedDocument;
import dev.millrace.rag.parse.ParsedDocument.Heading;
import dev.millrace.rag.parse.ParsedDocument.Page;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeldTextTest {
    private static Hit held(Chunk chunk) {
        return new Hit(
                "c",
                "d",
                "d.pdf",
                chunk.text(),
                chunk.span().start(),
                chunk.span().end(),
                chunk.pages(),
                chunk.heading(),
                0,
                Nearness.UNASKED,
                Map.of());
    }

    @Test
    void a_document_from_its_chunks_has_all_of_its_text_and_its_chunks_their_pages_and_headings() {
        String first = "\n\nWater\n\nOvershot\n\n" + "The wheel 𝕏 turns by day, 水车 by night. ".repeat(60);
        String second = "Wind\n\n" + "The sails turn in the wind. ".repeat(60);
        ParsedDocument document = new ParsedDocument(
                "application/pdf",
                first + second,
                List.of(
                        new Heading(2, 1, "Water"),
                        new Heading(9, 2, "Overshot"),
                        new Heading(first.length(), 1, "Wind")),
                List.of(new Page(1, 0), new Page(2, 500), new Page(3, first.length() + 100)));
        try (TokenBorders borders = new TokenBorders(EncoderModel.MINILM)) {
            List<Chunk> chunks = new Chunker(borders, 512).chunks(document, new Chunking(200, 50));
            ParsedDocument held =
                    HeldText.of(chunks.stream().map(HeldTextTest::held).toList());
            assertThat(held.text()).isEqualTo(document.text().stripTrailing());
            for (int offset = 2; offset < held.text().length(); offset++) {
                assertThat(held.pageAt(offset)).as("page at " + offset).isEqualTo(document.pageAt(offset));
            }
            assertThat(chunks).extracting(Chunk::heading).contains("Water", "Water > Overshot", "Wind");
            for (Chunk chunk : chunks) {
                assertThat(held.headingAt(chunk.span().start())).isEqualTo(chunk.heading());
            }
        }
    }
}
