package dev.millrace.standalone.bench;

import java.util.List;
import java.util.Optional;

/**
 * How one server took the load. What couldn't be measured is empty, and a note says why.
 *
 * @param users in the order of the plan
 * @param notes what a reader must know, a sentence each
 */
public record LoadFigures(
        Server server,
        Optional<Prefill> prefill,
        Optional<Prefill> longPrefill,
        List<Users> users,
        Optional<Newcomer> newcomer,
        Optional<SharedPrefix> sharedPrefix,
        List<String> notes) {
    public LoadFigures {
        users = List.copyOf(users);
        notes = List.copyOf(notes);
    }

    /**
     * A prompt of a user who is alone.
     *
     * @param promptTokens as the server counted them
     * @param firstMillis from the request to the first text
     * @param perSecond tokens of the prompt in that time
     */
    public record Prefill(int promptTokens, Spread firstMillis, Spread perSecond) {}

    /**
     * Users who asked at the same moment.
     *
     * @param promptTokens of each
     * @param answerTokens of each, on average
     * @param decodePerSecond tokens of all together while all answers grew, to prompts that the server had seen before
     * @param wholePerSecond tokens of all together from the first request to the last text, prompts read in that time
     * @param firstMillis from the request to the first text, the median over users
     */
    public record Users(
            int count,
            int promptTokens,
            double answerTokens,
            Spread decodePerSecond,
            Spread wholePerSecond,
            Spread firstMillis) {}

    /**
     * A long prompt that comes while others' answers grow.
     *
     * @param aloneMillis to its first text where nobody else is there
     * @param besideMillis the same, beside the others
     * @param before gaps in the others' answers before it came
     * @param during gaps in the others' answers from its request to its first text
     */
    public record Newcomer(
            int others, int promptTokens, Spread aloneMillis, Spread besideMillis, Gaps before, Gaps during) {
        /** How much longer its first text takes beside others. */
        public double slowdown() {
            return besideMillis.median() / aloneMillis.median();
        }
    }

    /**
     * Two prompts with the same beginning, one after the other.
     *
     * @param prefixTokens that they share
     * @param cachedTokens of the second, what the server says that it didn't compute again
     * @param decodeStepMillis a step of a user who is alone, from one piece of text to the next
     */
    public record SharedPrefix(
            int prefixTokens, int cachedTokens, Spread firstMillis, Spread secondMillis, double decodeStepMillis) {
        /** The second one's first text, in decode steps. */
        public double steps() {
            return secondMillis.median() / decodeStepMillis;
        }
    }

    /** The row of so many users. */
    public Optional<Users> usersOf(int count) {
        return users.stream().filter(row -> row.count() == count).findFirst();
    }
}
