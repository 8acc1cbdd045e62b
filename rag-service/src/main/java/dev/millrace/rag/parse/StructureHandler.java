package dev.millrace.rag.parse;

import dev.millrace.rag.parse.ParsedDocument.Heading;
import dev.millrace.rag.parse.ParsedDocument.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.xml.sax.Attributes;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Makes text of the XHTML that Tika tells: a blank line between blocks, " | " between a table's cells, and notes where
 * headings and pages begin.
 */
final class StructureHandler extends DefaultHandler {
    private static final Set<String> BLOCKS = Set.of(
            "p",
            "div",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "table",
            "blockquote",
            "pre",
            "section",
            "article",
            "body");
    private static final Set<String> LINES = Set.of("li", "tr", "br", "dt", "dd");
    private static final Set<String> SKIPPED = Set.of("head", "script", "style");
    private static final Set<String> PAGES = Set.of("page", "slide-content");

    private final int maxChars;
    private final StringBuilder text = new StringBuilder();
    private final List<Heading> headings = new ArrayList<>();
    private final List<Page> pages = new ArrayList<>();
    private int skipped;
    private int headingLevel;
    private int headingStart;
    private int cellsInRow;
    private int openCells;
    private String gap = "";

    StructureHandler(int maxChars) {
        this.maxChars = maxChars;
    }

    /** More text than the limit allows. */
    static final class TooLong extends SAXException {
        private static final long serialVersionUID = 1;
    }

    @Override
    public void startElement(String uri, String localName, String qName, Attributes attributes) {
        if (SKIPPED.contains(localName)) {
            skipped++;
        } else if (isCell(localName)) {
            if (cellsInRow > 0) {
                gap = " | ";
            }
            cellsInRow++;
            openCells++;
        } else {
            borders(localName);
        }
        if (localName.equals("tr")) {
            cellsInRow = 0;
        }
        String kind = attributes.getValue("class");
        if (localName.equals("div") && kind != null && PAGES.contains(kind)) {
            pages.add(new Page(pages.size() + 1, text.length()));
        }
        if (isHeading(localName)) {
            headingLevel = localName.charAt(1) - '0';
            headingStart = -1;
        }
    }

    private static boolean isCell(String name) {
        return name.equals("td") || name.equals("th");
    }

    private static boolean isHeading(String name) {
        return name.length() == 2 && name.charAt(0) == 'h' && name.charAt(1) >= '1' && name.charAt(1) <= '6';
    }

    private void borders(String name) {
        if (openCells > 0) {
            // a cell's paragraphs stay on the row's line
            gap = gap.isEmpty() ? " " : gap;
        } else if (BLOCKS.contains(name)) {
            widen("\n\n");
        } else if (LINES.contains(name)) {
            widen("\n");
        }
    }

    private void widen(String to) {
        if (!gap.equals("\n\n")) {
            gap = to;
        }
    }

    @Override
    public void endElement(String uri, String localName, String qName) {
        if (SKIPPED.contains(localName)) {
            skipped--;
        }
        if (headingLevel > 0 && isHeading(localName)) {
            if (headingStart >= 0) {
                headings.add(new Heading(
                        headingStart, headingLevel, text.substring(headingStart).strip()));
            }
            headingLevel = 0;
        }
        if (isCell(localName)) {
            openCells--;
        }
        borders(localName);
    }

    @Override
    public void characters(char[] chars, int start, int length) throws SAXException {
        if (skipped > 0) {
            return;
        }
        String piece = new String(chars, start, length);
        if (piece.isBlank()) {
            if (!text.isEmpty() && gap.isEmpty()) {
                gap = piece.contains("\n") ? "\n" : " ";
            }
            return;
        }
        if (!text.isEmpty()) {
            text.append(gap);
        }
        gap = "";
        if (headingLevel > 0 && headingStart < 0) {
            headingStart = text.length();
        }
        text.append(piece);
        if (text.length() > maxChars) {
            throw new TooLong();
        }
    }

    @Override
    public void ignorableWhitespace(char[] chars, int start, int length) throws SAXException {
        characters(chars, start, length);
    }

    ParsedDocument document(String mediaType) {
        return new ParsedDocument(mediaType, text.toString(), headings, pages);
    }
}
