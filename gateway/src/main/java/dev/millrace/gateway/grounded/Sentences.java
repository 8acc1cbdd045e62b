package dev.millrace.gateway.grounded;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where sentences end, in English and Chinese. The rules are those of the check (rag-service's {@code text.Sentences}), but
 * that a line also ends a sentence: models answer in lists.
 */
final class Sentences {
    private static final Pattern BORDER =
            Pattern.compile("[.!?][\"')\\]]*\\s+(?=[\"'(\\[]*[A-Z0-9])|[。！？]+[”’」』）]*|\\n+");
    private static final Pattern ABBREVIATION = Pattern.compile(
            "(?:\\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|cf|al|Fig|No|Inc|Ltd|Jr|Sr|approx|e\\.g|i\\.e)|\\b[A-Z]|^\\s*\\d+)\\.$");
    /** The longest abbreviation, with room for what stands before it. */
    private static final int ABBREVIATION_CHARACTERS = 12;

    private Sentences() {}

    /**
     * @param start offset in UTF-16 units
     * @param end exclusive
     */
    record Span(int start, int end) {
        String of(CharSequence text) {
            return text.subSequence(start, end).toString();
        }
    }

    /**
     * Offsets after which a new sentence begins, of a text that may still grow: only those with something behind them.
     *
     * @param from where a sentence begins
     */
    static List<Integer> borders(CharSequence text, int from) {
        List<Integer> borders = new ArrayList<>();
        Matcher border = BORDER.matcher(text).region(from, text.length());
        // a sentence ends where the next begins, and looks back no further than its own beginning
        border.useTransparentBounds(false);
        int start = from;
        while (border.find()) {
            if (border.end() < text.length() && !endsAbbreviation(text, start, border.start())) {
                borders.add(border.end());
                start = border.end();
            }
        }
        return borders;
    }

    private static boolean endsAbbreviation(CharSequence text, int start, int dot) {
        return text.charAt(dot) == '.'
                && ABBREVIATION
                        .matcher(text.subSequence(Math.max(start, dot - ABBREVIATION_CHARACTERS), dot + 1))
                        .find();
    }

    /** The sentences of a whole text, without the white space around them. */
    static List<Span> of(CharSequence text) {
        List<Span> spans = new ArrayList<>();
        int start = 0;
        for (int border : borders(text, 0)) {
            addTrimmed(spans, text, start, border);
            start = border;
        }
        addTrimmed(spans, text, start, text.length());
        return spans;
    }

    private static void addTrimmed(List<Span> spans, CharSequence text, int from, int to) {
        Span span = trimmed(text, from, to);
        if (span.end() > span.start()) {
            spans.add(span);
        }
    }

    /** Without the white space at both ends; empty where there is nothing else. */
    static Span trimmed(CharSequence text, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        return new Span(start, end);
    }
}
