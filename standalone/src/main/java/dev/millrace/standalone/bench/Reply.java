package dev.millrace.standalone.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * A streamed answer as its client saw it come.
 *
 * @param sent when it was asked for, in nanoseconds of {@link System#nanoTime}
 * @param pieces when each piece with text came
 * @param promptTokens as the server counted them; 0 if it doesn't say
 * @param completionTokens as the server counted them; the number of pieces if it doesn't say
 * @param counted whether it said
 * @param cachedTokens of the prompt, those that the server had computed before; 0 if it doesn't say
 */
record Reply(long sent, List<Long> pieces, int promptTokens, int completionTokens, boolean counted, int cachedTokens) {
    Reply {
        pieces = List.copyOf(pieces);
    }

    /** From the request to the first text. */
    double firstMillis() {
        return (first() - sent) / 1e6;
    }

    long first() {
        return pieces.getFirst();
    }

    long last() {
        return pieces.getLast();
    }

    /** Tokens that came in each piece, on average: servers may send several together. */
    double tokensPerPiece() {
        return (double) completionTokens / pieces.size();
    }

    /** Tokens that came after {@code from}, until {@code to} and then included. */
    double tokensBetween(long from, long to) {
        return pieces.stream().filter(at -> at > from && at <= to).count() * tokensPerPiece();
    }

    /** The gaps that a moment of {@code [from, to]} lies in. */
    List<Double> gapsMillis(long from, long to) {
        List<Double> gaps = new ArrayList<>();
        for (int i = 1; i < pieces.size(); i++) {
            long begin = pieces.get(i - 1);
            long end = pieces.get(i);
            if (end > from && begin < to) {
                gaps.add((end - begin) / 1e6);
            }
        }
        return gaps;
    }
}
