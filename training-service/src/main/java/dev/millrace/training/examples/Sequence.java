package dev.millrace.training.examples;

import java.util.BitSet;

/**
 * A text as tokens.
 *
 * @param ids of its tokens
 * @param scored which of them are to be learnt; never the first, which nothing predicts
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
public record Sequence(int[] ids, BitSet scored) {
    public Sequence {
        if (ids.length == 0) {
            throw new IllegalArgumentException("a sequence needs a token or more");
        }
        if (scored.get(0) || scored.length() > ids.length) {
            throw new IllegalArgumentException(
                    "scored tokens must be among 1 to " + (ids.length - 1) + ", were " + scored);
        }
    }

    /** All tokens but the first are scored, as in continued pre-training. */
    public static Sequence plain(int[] ids) {
        BitSet scored = new BitSet();
        scored.set(1, ids.length);
        return new Sequence(ids, scored);
    }

    /** The tokens from {@code prompt} on are scored. */
    public static Sequence completion(int[] ids, int prompt) {
        BitSet scored = new BitSet();
        scored.set(Math.max(prompt, 1), Math.max(ids.length, 1));
        return new Sequence(ids, scored);
    }

    public int scoredTokens() {
        return scored.cardinality();
    }
}
