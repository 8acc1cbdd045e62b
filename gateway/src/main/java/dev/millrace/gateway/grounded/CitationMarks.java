package dev.millrace.gateway.grounded;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes the marks that a model cites with, such as {@code [1]}, {@code [1, 3]} and {@code 【2】}, out of a text that comes in
 * pieces. What may yet become a mark is held back. Code between backticks is left as it is.
 */
final class CitationMarks {
    private static final Pattern MARK =
            Pattern.compile("\\s*[\\[【]\\s*(?:[Ss]ources?\\s*)?(\\d{1,2}(?:\\s*[,;，、]\\s*\\d{1,2})*)\\s*[\\]】]");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,2}");

    private final StringBuilder open = new StringBuilder();
    private boolean inCode;

    /** The next stretch of text without marks, and the numbers of the marks that stand behind it. */
    record Piece(String text, List<Integer> numbers) {}

    /** What is certain by now. */
    // hitEnd is for texts that come in pieces, as this one does
    @SuppressWarnings("JdkObsolete")
    List<Piece> add(String text) {
        open.append(text);
        List<Piece> pieces = new ArrayList<>();
        int told = 0;
        int at = 0;
        while (at < open.length()) {
            char next = open.charAt(at);
            if (next == '`') {
                inCode = !inCode;
            }
            if (!inCode && (next == '[' || next == '【' || Character.isWhitespace(next))) {
                Matcher mark = MARK.matcher(open).region(at, open.length());
                if (mark.lookingAt()) {
                    pieces.add(new Piece(open.substring(told, at), numbers(mark.group(1))));
                    at = mark.end();
                    told = at;
                    continue;
                }
                if (mark.hitEnd()) {
                    break;
                }
            }
            at++;
        }
        if (at > told) {
            pieces.add(new Piece(open.substring(told, at), List.of()));
        }
        open.delete(0, at);
        return pieces;
    }

    /** What was held back; it never became a mark. */
    String rest() {
        String rest = open.toString();
        open.setLength(0);
        return rest;
    }

    private static List<Integer> numbers(String list) {
        return NUMBER.matcher(list)
                .results()
                .map(number -> Integer.valueOf(number.group()))
                .toList();
    }
}
