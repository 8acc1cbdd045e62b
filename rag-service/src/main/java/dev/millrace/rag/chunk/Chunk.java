package dev.millrace.rag.chunk;

import dev.millrace.rag.text.Pages;
import dev.millrace.rag.text.Span;

/**
 * A stretch of a document.
 *
 * @param text    the document's own characters at {@code span}
 * @param heading that it stands under, or empty
 */
public record Chunk(Span span, String text, String heading, Pages pages) {
    /** What is embedded: a chunk from the middle of a section doesn't say by itself what it is about. */
    public String forEmbedding() {
        return heading.isEmpty() || text.startsWith(lastTitle()) ? text : heading + "\n" + text;
    }

    private String lastTitle() {
        return heading.substring(heading.lastIndexOf(" > ") < 0 ? 0 : heading.lastIndexOf(" > ") + 3);
    }
}
