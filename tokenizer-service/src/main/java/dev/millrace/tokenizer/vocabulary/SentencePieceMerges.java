package dev.millrace.tokenizer.vocabulary;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * The merges of a SentencePiece vocabulary, which knows scores alone: each way to make a token of two others, tokens of a
 * higher score first.
 */
final class SentencePieceMerges {
    private final Vocabulary vocabulary;
    private final double[] scores;
    private final Map<String, Integer> idOf = new HashMap<>();

    /** @param scores of each id */
    SentencePieceMerges(Vocabulary vocabulary, double[] scores) {
        if (scores.length != vocabulary.size()) {
            throw new IllegalArgumentException(
                    "there must be one score for each of " + vocabulary.size() + " tokens, were " + scores.length);
        }
        this.vocabulary = vocabulary;
        this.scores = scores;
        IntStream.range(0, vocabulary.size()).filter(this::isText).forEach(id -> idOf.put(token(id), id));
    }

    /** Control tokens and bytes are left out: text that merely spells their names must not become one. */
    private boolean isText(int id) {
        TokenKind kind = vocabulary.kinds().get(id);
        return !kind.special() && kind != TokenKind.BYTE;
    }

    private String token(int id) {
        return vocabulary.tokens().get(id);
    }

    /** Hands over the left and the right part of each merge, by rank. */
    void forEach(BiConsumer<String, String> merge) {
        idOf.values().stream()
                .sorted(Comparator.comparingDouble((Integer id) -> -scores[id]).thenComparingInt(id -> id))
                .forEach(id -> splits(token(id)).forEach(s -> merge.accept(token(s.left), token(s.right))));
    }

    private List<Split> splits(String token) {
        List<Split> splits = new ArrayList<>();
        for (int i = token.offsetByCodePoints(0, 1);
                i < token.length();
                i += Character.charCount(token.codePointAt(i))) {
            Integer left = idOf.get(token.substring(0, i));
            Integer right = left == null ? null : idOf.get(token.substring(i));
            if (left != null && right != null) {
                splits.add(new Split(left, right));
            }
        }
        splits.sort(Comparator.comparingInt(Split::left).thenComparingInt(Split::right));
        return splits;
    }

    private record Split(int left, int right) {}
}
