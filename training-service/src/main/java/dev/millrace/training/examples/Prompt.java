package dev.millrace.training.examples;

import java.util.Arrays;

/**
 * An example without its last answer.
 *
 * @param asked what a person reads of it: the last message before the answer, or the text to be completed
 * @param wanted the example's answer
 * @param ids all tokens up to the answer
 * @param answer the answer's tokens as they are learnt, the end of the turn among them
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
public record Prompt(String asked, String wanted, int[] ids, int[] answer) {
    /** @param text whose last scored tokens are the answer */
    public static Prompt before(String asked, String wanted, Sequence text) {
        int end = text.scored().length();
        int from = text.scored().previousClearBit(end - 1) + 1;
        return new Prompt(asked, wanted, Arrays.copyOf(text.ids(), from), Arrays.copyOfRange(text.ids(), from, end));
    }
}
