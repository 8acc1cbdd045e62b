package dev.millrace.rag.ingest;

import dev.millrace.rag.index.Hit;
import dev.millrace.rag.parse.ParsedDocument;
import dev.millrace.rag.parse.ParsedDocument.Heading;
import dev.millrace.rag.parse.ParsedDocument.Page;
import dev.millrace.rag.text.Pages;
import java.util.ArrayList;
import java.util.List;

/** A document as the chunks that an index has of it say: all of its text, and the headings and pages that they stand under. */
final class HeldText {
    private static final String PATH = " > ";
    private static final int DEEPEST = 6;

    private HeldText() {}

    /** @param chunks by where they start */
    static ParsedDocument of(List<Hit> chunks) {
        StringBuilder text = new StringBuilder();
        List<Heading> headings = new ArrayList<>();
        List<Page> pages = new ArrayList<>();
        String under = "";
        for (Hit chunk : chunks) {
            // what no chunk has is white space before the first sentence
            text.repeat('\n', Math.max(0, chunk.start() - text.length()));
            if (chunk.end() > text.length()) {
                text.append(
                        chunk.text(),
                        text.length() - chunk.start(),
                        chunk.text().length());
            }
            if (!chunk.heading().equals(under)) {
                under = chunk.heading();
                addPath(headings, chunk);
            }
            for (Pages.Start start : chunk.pages().starts()) {
                if (pages.isEmpty() || pages.getLast().number() < start.number()) {
                    pages.add(new Page(start.number(), start.offset()));
                }
            }
        }
        return new ParsedDocument("text/plain", text.toString(), headings, pages);
    }

    private static void addPath(List<Heading> headings, Hit chunk) {
        String[] titles = chunk.heading().split(PATH, DEEPEST);
        for (int i = 0; i < titles.length; i++) {
            headings.add(new Heading(chunk.start(), i + 1, titles[i]));
        }
    }
}
