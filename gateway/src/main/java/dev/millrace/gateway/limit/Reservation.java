package dev.millrace.gateway.limit;

import java.time.Duration;
import java.util.Map;

/** The answer to a request's wish for tokens. */
public sealed interface Reservation {
    /** Response headers that tell the client where it stands: {@code x-ratelimit-...}. */
    Map<String, String> headers();

    /** The tokens are set aside; {@link #settle} must be called, once, when the request has ended in whatever way. */
    non-sealed interface Granted extends Reservation {
        /**
         * Gives back what was set aside and not used. A second call does nothing.
         *
         * @param usedTokens prompt and completion tokens together; 0 where nothing was computed
         */
        void settle(long usedTokens);
    }

    /**
     * There is room, but not now.
     *
     * @param message which limit, where it stands, what would be right
     * @param code {@code rate_limit_exceeded}, {@code insufficient_quota}
     */
    record Refused(String message, String code, Duration retryAfter, Map<String, String> headers)
            implements Reservation {
        public Refused {
            headers = Map.copyOf(headers);
        }
    }

    /**
     * There will never be room: the request alone is more than the whole limit.
     *
     * @param message with both numbers
     */
    record TooLarge(String message, Map<String, String> headers) implements Reservation {
        public TooLarge {
            headers = Map.copyOf(headers);
        }
    }
}
