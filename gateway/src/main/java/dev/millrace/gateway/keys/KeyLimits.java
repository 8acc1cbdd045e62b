package dev.millrace.gateway.keys;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a key may use; an empty one is without limit.
 *
 * @param requestsPerMinute requests that may start within a minute
 * @param tokensPerMinute   prompt and completion tokens within a minute
 * @param parallelRequests  requests that run at the same time
 * @param tokensPerMonth    prompt and completion tokens within a calendar month (UTC)
 */
public record KeyLimits(
        OptionalInt requestsPerMinute,
        OptionalLong tokensPerMinute,
        OptionalInt parallelRequests,
        OptionalLong tokensPerMonth) {

    /** The largest limit per minute: it leaves room for exact arithmetic in microseconds. */
    public static final long MOST_PER_MINUTE = 10_000_000_000L;

    /** The largest budget: some of them can still be added up. */
    public static final long MOST_PER_MONTH = Long.MAX_VALUE / 4;

    public static final KeyLimits NONE =
            new KeyLimits(OptionalInt.empty(), OptionalLong.empty(), OptionalInt.empty(), OptionalLong.empty());

    public KeyLimits {
        requestsPerMinute.ifPresent(value -> check("requests_per_minute", value, Integer.MAX_VALUE));
        tokensPerMinute.ifPresent(value -> check("tokens_per_minute", value, MOST_PER_MINUTE));
        parallelRequests.ifPresent(value -> check("parallel_requests", value, Integer.MAX_VALUE));
        tokensPerMonth.ifPresent(value -> check("tokens_per_month", value, MOST_PER_MONTH));
    }

    private static void check(String name, long value, long most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(
                    name + " must be 1 to " + most + ", or absent for no limit; was " + value);
        }
    }
}
