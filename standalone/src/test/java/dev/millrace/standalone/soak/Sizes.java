package dev.millrace.standalone.soak;

import dev.millrace.inference.engine.EngineOptions;
import dev.millrace.inference.model.BackendOptions;
import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.kernels.compute.KvType;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * How large requests are, and an engine that is too small for them.
 *
 * @param longestPrompt in tokens
 * @param longestAnswer in tokens, of all choices together
 * @param cacheTokens far fewer than what may run at once wants
 * @param running the most sequences that run at once
 * @param underWay the most requests that wait for their end at once
 */
record Sizes(int longestPrompt, int longestAnswer, int cacheTokens, int running, int underWay) {
    private static final int BLOCK = 16;

    Sizes {
        if (longestPrompt + tooManyToRead() > cacheTokens) {
            throw new IllegalArgumentException("the cache must hold the longest request, " + longestPrompt + " and "
                    + tooManyToRead() + " tokens, was " + cacheTokens);
        }
    }

    /** Events that may wait for a client: more than any answer but an absent client's has. */
    int outboxEvents() {
        return longestAnswer + 16;
    }

    /** Tokens of an answer that no outbox holds. */
    int tooManyToRead() {
        return outboxEvents() + 8;
    }

    BackendOptions crowded() {
        return backend(cacheTokens);
    }

    /** Room for one request after the other, without any that was there before. */
    BackendOptions roomy() {
        return backend(16 * (longestPrompt + longestAnswer));
    }

    /** With all invariants checked after every step; refuses some requests at the height of a burst. */
    EngineOptions engine() {
        return new EngineOptions(4 * running, running, underWay / 2, outboxEvents(), Duration.ofSeconds(30), true);
    }

    private BackendOptions backend(int tokens) {
        return new BackendOptions(OptionalInt.empty(), KvType.BF16, new CacheSize.Tokens(tokens), BLOCK, 4 * running);
    }
}
