package dev.millrace.rag.retrieve;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Questions that can't be understood without the one before: "When was it built?" after "Who owns the mill?". */
public final class FollowUp {
    /** Words that point back, and beginnings and ends that go on. "That" mostly begins a clause, and so is none of them. */
    private static final Pattern LEANING = Pattern.compile("(?iu)"
            + "\\b(?:it|its|he|him|his|she|her|hers|they|them|their|theirs|this|these|those)\\b"
            + "|^\\W*(?:and|but|what about|how about)\\b"
            + "|^\\W*(?:why|how|when|where|who|which)(?: not| so| exactly)?\\W*$"
            + "|[它他她这那其]|呢[？?]?\\s*$");

    /** A longer question says by itself what it is about, whatever it points to. */
    private static final int MOST_WORDS = 8;

    private FollowUp() {}

    /**
     * The questions, and behind them the first one together with what was asked before it, where it leans on that. Not in
     * its place: a question that only seems to lean is found as it stands.
     *
     * @param earlier what was asked before; blank where this is the first question
     */
    public static List<String> with(List<String> questions, String earlier) {
        List<String> all = new ArrayList<>(questions);
        together(questions.getFirst(), earlier).ifPresent(all::add);
        return all;
    }

    private static Optional<String> together(String question, String earlier) {
        return earlier.isBlank() || !leans(question)
                ? Optional.empty()
                : Optional.of(earlier.strip() + "\n" + question.strip());
    }

    static boolean leans(String question) {
        return words(question) <= MOST_WORDS && LEANING.matcher(question).find();
    }

    /** Of a Chinese question, every second character. */
    private static long words(String question) {
        long ideographs = question.codePoints().filter(Character::isIdeographic).count();
        return ideographs > 0 ? ideographs / 2 : question.strip().split("\\s+").length;
    }
}
