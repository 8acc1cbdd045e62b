package dev.millrace.standalone.bench;

import java.util.List;
import java.util.OptionalInt;

/**
 * Which load servers get. Lengths are in tokens.
 *
 * @param prefill the prompt whose reading is timed
 * @param longPrefill another, longer one
 * @param users how many ask at once, one count after the other
 * @param prompt of each user
 * @param answer of each user
 * @param others how many decode while a newcomer's prompt of {@code prefill} tokens is read; 0 to leave that out
 * @param prefix what two prompts share; 0 to leave that out
 * @param repeats how often each is measured; the median counts
 * @param seed of the prompts' words
 */
public record LoadPlan(
        int prefill,
        OptionalInt longPrefill,
        List<Integer> users,
        int prompt,
        int answer,
        int others,
        int prefix,
        int repeats,
        long seed) {
    public LoadPlan {
        users = List.copyOf(users);
        for (int count : users) {
            require("users", count, 1);
        }
        require("prefill", prefill, 1);
        require("prompt", prompt, 1);
        require("answer", answer, 2);
        require("repeat", repeats, 1);
    }

    /** This plan, with a long prompt that leaves room for an answer in a context of so many tokens. */
    public LoadPlan within(int contextTokens) {
        OptionalInt shorter = longPrefill.isPresent()
                ? OptionalInt.of(Math.max(1, Math.min(longPrefill.getAsInt(), contextTokens - 1)))
                : longPrefill;
        return new LoadPlan(prefill, shorter, users, prompt, answer, others, prefix, repeats, seed);
    }

    /** The most users at once. */
    int mostUsers() {
        return users.stream().mapToInt(Integer::intValue).max().orElse(1);
    }

    private static void require(String what, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException("--" + what + " must be " + least + " or more, was " + value);
        }
    }
}
