package dev.millrace.rag.index.pgvector;

import java.util.Collection;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Texts, words and vectors as PostgreSQL reads them. */
final class Literals {
    /** Of one word in a tsvector. */
    private static final int MAX_POSITIONS = 255;

    private Literals() {}

    /** PostgreSQL's texts can't hold the character 0. */
    static String storable(String text) {
        return text.replace('\0', '\uFFFD');
    }

    /** A word with the field that it is in, as it stands in tsvectors. */
    static String lexeme(String field, String word) {
        return field.charAt(0) + "/" + word;
    }

    /** A tsvector whose positions say how often each word stands there, and nothing of where. */
    static String words(String field, Map<String, Integer> counts) {
        StringJoiner words = new StringJoiner(" ");
        counts.forEach((word, count) -> words.add(quoted(lexeme(field, word))
                + IntStream.rangeClosed(1, Math.min(count, MAX_POSITIONS))
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",", ":", ""))));
        return words.toString();
    }

    /** A tsquery that any of them answers. */
    static String anyOf(Collection<String> lexemes) {
        return lexemes.stream().map(Literals::quoted).collect(Collectors.joining(" | "));
    }

    private static String quoted(String lexeme) {
        return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    static String vector(float[] vector) {
        StringJoiner numbers = new StringJoiner(",", "[", "]");
        for (float number : vector) {
            numbers.add(Float.toString(number));
        }
        return numbers.toString();
    }
}
