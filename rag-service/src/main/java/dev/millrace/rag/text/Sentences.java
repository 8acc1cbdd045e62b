package dev.millrace.rag.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the sentences of an English or Chinese text are. The rules are those that the check was trained with:
 * src/main/python/check/sentences.py.
 */
public final class Sentences {
    private static final Pattern BORDER =
            Pattern.compile("[.!?][\"')\\]]*\\s+(?=[\"'(\\[]*[A-Z0-9])|[。！？]+[”’」』）]*|\\n\\s*\\n");
    private static final Pattern ABBREVIATION = Pattern.compile(
            "(?:\\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|cf|al|Fig|No|Inc|Ltd|Jr|Sr|approx|e\\.g|i\\.e)|\\b[A-Z])\\.$");
    /** The longest abbreviation, with room for what stands before it. */
    private static final int ABBREVIATION_CHARS = 12;

    private Sentences() {}

    /** The sentences in order, without the white space around them. */
    public static List<Span> split(String text) {
        List<Span> sentences = new ArrayList<>();
        Matcher border = BORDER.matcher(text);
        int start = 0;
        while (border.find()) {
            if (text.charAt(border.start()) == '.' && endsAbbreviation(text, border.start())) {
                continue;
            }
            addTrimmed(sentences, text, start, border.end());
            start = border.end();
        }
        addTrimmed(sentences, text, start, text.length());
        return sentences;
    }

    private static boolean endsAbbreviation(String text, int dot) {
        return ABBREVIATION
                .matcher(text.substring(Math.max(0, dot - ABBREVIATION_CHARS), dot + 1))
                .find();
    }

    private static void addTrimmed(List<Span> sentences, String text, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        if (end > start) {
            sentences.add(new Span(start, end));
        }
    }
}
