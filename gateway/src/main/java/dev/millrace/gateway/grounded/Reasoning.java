package dev.millrace.gateway.grounded;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parts what a model writes into its reasoning and its answer, as it comes. Reasoning begins with "Reasoning:" or {@code
 * <think>} and ends with a line that begins with "Answer:", or with {@code </think>}. A model that writes neither has only
 * answered.
 */
final class Reasoning {
    private static final Pattern OPENING = Pattern.compile("\\s*(?:[*#]*\\s*Reasoning[*]*:[*]*|<think>)\\s*");
    private static final Pattern ANSWER = Pattern.compile("\\s*[*#]*\\s*Answer[*]*:[*]*\\s*");
    private static final Pattern CLOSING = Pattern.compile("\\s*</think>|\\s*\\n[ *#]*Answer[*]*:[*]*");
    /** The longest that a mark can be, with its markup and the white space around it. */
    private static final int MARK = 24;

    private enum Part {
        OPENING,
        REASONING,
        ANSWER_OPENING,
        ANSWER
    }

    private final StringBuilder waiting = new StringBuilder();
    private Part part = Part.OPENING;

    /**
     * @param ofAnswer else of the reasoning
     */
    record Piece(boolean ofAnswer, String text) {}

    /** What may be told, once the text has grown by this. */
    List<Piece> add(String text) {
        waiting.append(text);
        return told(false);
    }

    /** What has waited, at the end of the text. */
    List<Piece> rest() {
        return told(true);
    }

    private List<Piece> told(boolean atEnd) {
        List<Piece> pieces = new ArrayList<>();
        while (step(pieces, atEnd)) {
            // a mark was passed: what is behind it is of another part
        }
        return pieces;
    }

    /** Whether there is more to do. */
    private boolean step(List<Piece> pieces, boolean atEnd) {
        return switch (part) {
            case OPENING -> opened(OPENING, Part.REASONING, atEnd);
            case REASONING -> closed(pieces, atEnd);
            case ANSWER_OPENING -> opened(ANSWER, Part.ANSWER, atEnd);
            case ANSWER -> {
                tell(pieces, true, waiting.length());
                yield false;
            }
        };
    }

    /** Waits until it is known whether the text begins with a mark. */
    private boolean opened(Pattern mark, Part behind, boolean atEnd) {
        Matcher matcher = mark.matcher(waiting);
        if (matcher.lookingAt() && (atEnd || matcher.end() < waiting.length())) {
            waiting.delete(0, matcher.end());
            part = behind;
            return true;
        }
        if (!atEnd && waiting.toString().stripLeading().length() < MARK) {
            return false;
        }
        waiting.delete(0, waiting.length() - waiting.toString().stripLeading().length());
        part = part == Part.OPENING ? Part.ANSWER_OPENING : Part.ANSWER;
        return true;
    }

    private boolean closed(List<Piece> pieces, boolean atEnd) {
        Matcher mark = CLOSING.matcher(waiting);
        boolean found = mark.find();
        // what may follow a mark's colon is part of it
        if (found && (atEnd || mark.end() < waiting.length())) {
            int length = mark.end() - mark.start();
            tell(pieces, false, mark.start());
            waiting.delete(0, length);
            part = Part.ANSWER_OPENING;
            return true;
        }
        // a mark may have begun in the last so many characters
        int unmarked = found ? mark.start() : waiting.length();
        tell(pieces, false, atEnd ? waiting.length() : Math.clamp(waiting.length() - MARK, 0, unmarked));
        return false;
    }

    private void tell(List<Piece> pieces, boolean ofAnswer, int length) {
        if (length > 0) {
            pieces.add(new Piece(ofAnswer, waiting.substring(0, length)));
            waiting.delete(0, length);
        }
    }
}
