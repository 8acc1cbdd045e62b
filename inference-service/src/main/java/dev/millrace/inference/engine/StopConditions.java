package dev.millrace.inference.engine;

import dev.millrace.inference.sample.InvalidParameterException;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * When an answer ends.
 *
 * @param maxTokens empty for as many as the context leaves
 * @param minTokens before this many no end token, stop id or stop string ends it
 * @param strings end it when its text holds one
 * @param tokenIds end it beside the model's own
 * @param ignoreEos whether it goes on after the model's own end token
 * @param includeStopString whether the text keeps the stop string that ended it
 */
public record StopConditions(
        OptionalInt maxTokens,
        int minTokens,
        List<String> strings,
        Set<Integer> tokenIds,
        boolean ignoreEos,
        boolean includeStopString) {
    public static final int MOST_STRINGS = 16;
    public static final int LONGEST_STRING = 1024;

    public StopConditions {
        strings = List.copyOf(strings);
        tokenIds = Set.copyOf(tokenIds);
        if (maxTokens.isPresent() && maxTokens.getAsInt() < 1) {
            throw new InvalidParameterException("max_tokens", "must be 1 or more", maxTokens.getAsInt());
        }
        if (minTokens < 0 || (maxTokens.isPresent() && minTokens > maxTokens.getAsInt())) {
            throw new InvalidParameterException("min_tokens", "must be from 0 to max_tokens", minTokens);
        }
        if (strings.size() > MOST_STRINGS) {
            throw new InvalidParameterException(
                    "stop", "must hold at most " + MOST_STRINGS + " strings", strings.size());
        }
        for (String string : strings) {
            if (string.isEmpty() || string.length() > LONGEST_STRING) {
                throw new InvalidParameterException(
                        "stop", "must hold strings of 1 to " + LONGEST_STRING + " characters", string.length());
            }
        }
    }

    /** Ends with the model's own end token, or after {@code maxTokens}. */
    public static StopConditions after(int maxTokens) {
        return new StopConditions(OptionalInt.of(maxTokens), 0, List.of(), Set.of(), false, false);
    }
}
