package dev.millrace.tokenizer.vocabulary;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds tokens by their names before anything else is done to a text. Where names overlap the longest wins, wherever it
 * stands; among equals the one further left (llama.cpp's rule).
 */
final class NamedTokens {
    private static final String WHITE_SPACE = " \t\n\u000b\f\r";
    private static final Comparator<Match> LONGEST_THEN_LEFTMOST = Comparator.comparingInt((Match m) -> -m.bytes)
            .thenComparingInt(m -> m.id)
            .thenComparingInt(m -> m.start);

    private final Node root = new Node();
    private final Set<Integer> stripped;

    /** @param stripped ids that swallow the white space behind them */
    NamedTokens(Map<String, Integer> idOf, Set<Integer> stripped) {
        this.stripped = stripped;
        idOf.forEach(this::add);
    }

    private void add(String name, int id) {
        if (name.isEmpty()) {
            return;
        }
        Node node = root;
        for (int i = 0; i < name.length(); i++) {
            node = node.next.computeIfAbsent(name.charAt(i), c -> new Node());
        }
        node.end = new Name(id, name.getBytes(StandardCharsets.UTF_8).length);
    }

    /** Whether a token's name at [start, end) of a text is to be read as that token. */
    @FunctionalInterface
    interface Reading {
        boolean isToken(int start, int end, int id);
    }

    /** The text cut at the names in it; no piece of text is empty. */
    List<Piece> split(String text) {
        return split(text, (start, end, id) -> true);
    }

    /** The same, where some names are just text. */
    List<Piece> split(String text, Reading reading) {
        List<Match> matches = matches(text);
        matches.removeIf(match -> !reading.isToken(match.start, match.end, match.id));
        if (matches.isEmpty()) {
            return text.isEmpty() ? List.of() : List.of(new Piece.Text(text));
        }
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        for (Match match : apart(matches).values()) {
            if (match.start > from) {
                pieces.add(new Piece.Text(text.substring(from, match.start)));
            }
            pieces.add(new Piece.Token(match.id));
            from = Math.max(from, stripped.contains(match.id) ? afterSpace(text, match.end) : match.end);
        }
        if (from < text.length()) {
            pieces.add(new Piece.Text(text.substring(from)));
        }
        return pieces;
    }

    private List<Match> matches(String text) {
        List<Match> matches = new ArrayList<>();
        for (int start = 0; start < text.length(); start++) {
            Node node = root;
            for (int i = start; i < text.length(); i++) {
                node = node.next.get(text.charAt(i));
                if (node == null) {
                    break;
                }
                if (node.end != null) {
                    matches.add(new Match(start, i + 1, node.end.id, node.end.bytes));
                }
            }
        }
        return matches;
    }

    /** The matches that stay when each in turn keeps those that overlap it away, by where they start. */
    private static SortedMap<Integer, Match> apart(List<Match> matches) {
        matches.sort(LONGEST_THEN_LEFTMOST);
        SortedMap<Integer, Match> kept = new TreeMap<>();
        BitSet taken = new BitSet();
        for (Match match : matches) {
            int next = taken.nextSetBit(match.start);
            if (next < 0 || next >= match.end) {
                taken.set(match.start, match.end);
                kept.put(match.start, match);
            }
        }
        return kept;
    }

    private static int afterSpace(String text, int from) {
        int end = from;
        while (end < text.length() && WHITE_SPACE.indexOf(text.charAt(end)) >= 0) {
            end++;
        }
        return end;
    }

    private record Name(int id, int bytes) {}

    private record Match(int start, int end, int id, int bytes) {}

    private static final class Node {
        private final Map<Character, Node> next = new HashMap<>(2);
        private @Nullable Name end;
    }
}
