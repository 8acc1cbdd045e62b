package dev.millrace.rag.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file's text and what is known of its places. All offsets are into {@code text}, in UTF-16 units.
 *
 * @param headings by offset
 * @param pages    by offset; none where the format has none
 */
public record ParsedDocument(String mediaType, String text, List<Heading> headings, List<Page> pages) {
    public ParsedDocument {
        headings = List.copyOf(headings);
        pages = List.copyOf(pages);
    }

    /**
     * @param start of the heading's own words
     * @param level from 1
     */
    public record Heading(int start, int level, String title) {}

    /**
     * @param number from 1
     * @param start  of its first character
     */
    public record Page(int number, int start) {}

    /** The number of the page that holds an offset; 0 where the format has no pages. */
    public int pageAt(int offset) {
        int number = 0;
        for (Page page : pages) {
            if (page.start() > offset) {
                break;
            }
            number = page.number();
        }
        return number;
    }

    /** The headings over an offset, outermost first, joined by " > "; empty where there are none. */
    public String headingAt(int offset) {
        @Nullable String[] path = new @Nullable String[7];
        for (Heading heading : headings) {
            if (heading.start() > offset) {
                break;
            }
            path[heading.level()] = heading.title();
            for (int deeper = heading.level() + 1; deeper < path.length; deeper++) {
                path[deeper] = null;
            }
        }
        StringBuilder joined = new StringBuilder();
        for (String title : path) {
            if (title != null) {
                joined.append(joined.isEmpty() ? "" : " > ").append(title);
            }
        }
        return joined.toString();
    }
}
