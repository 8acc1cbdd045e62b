package dev.millrace.rag.text;

/**
 * A stretch of a text.
 *
 * @param start offset in UTF-16 units
 * @param end   exclusive
 */
public record Span(int start, int end) {
    public Span {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException(
                    "a span starts at 0 or later and doesn't end before it starts, was " + start + " to " + end);
        }
    }

    public int length() {
        return end - start;
    }

    public String of(String text) {
        return text.substring(start, end);
    }
}
