package dev.millrace.inference.text;

import java.util.List;

/**
 * Finds the first stop string that a growing text completes, wherever tokens cut it, and holds back what may yet become
 * one. Of several that end with the same character the longest counts.
 */
public final class StopStrings {
    /** What a piece of text leads to. */
    public sealed interface Outcome {
        /** Go on; {@code text} can be shown. */
        record Going(String text) implements Outcome {}

        /** {@code text} is the rest of the answer, with {@code stop} at its end if that is to be kept. */
        record Stopped(String text, String stop) implements Outcome {}
    }

    private final List<StopString> stops;
    private final boolean keep;
    private final StringBuilder held = new StringBuilder();

    /** @param keep whether the stop string stays at the end of the text */
    public StopStrings(List<String> strings, boolean keep) {
        this.stops = strings.stream().map(StopString::new).toList();
        this.keep = keep;
    }

    /** @param mayStop whether a string that ends in this piece counts */
    public Outcome accept(String piece, boolean mayStop) {
        if (stops.isEmpty()) {
            return new Outcome.Going(piece);
        }
        int maybe = 0;
        for (int i = 0; i < piece.length(); i++) {
            held.append(piece.charAt(i));
            maybe = 0;
            StopString ended = null;
            for (StopString stop : stops) {
                int matched = stop.accept(piece.charAt(i));
                if (matched < stop.string().length()) {
                    maybe = Math.max(maybe, matched);
                } else if (!mayStop) {
                    stop.restart();
                } else if (ended == null || matched > ended.string().length()) {
                    ended = stop;
                }
            }
            if (ended != null) {
                int end = held.length() - (keep ? 0 : ended.string().length());
                return new Outcome.Stopped(held.substring(0, end), ended.string());
            }
        }
        // a piece without characters decides nothing: what is held stays held
        return new Outcome.Going(piece.isEmpty() ? "" : release(held.length() - maybe));
    }

    /** What was held back, once no more text comes. */
    public String end() {
        return release(held.length());
    }

    private String release(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }
}
