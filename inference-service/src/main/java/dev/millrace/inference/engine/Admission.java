package dev.millrace.inference.engine;

import java.time.Duration;

/** What becomes of a request at the door. */
public sealed interface Admission {
    /** It waits or runs; what it gives comes to the outbox. */
    record Accepted(Outbox outbox) implements Admission {}

    /** It can never fit. Nothing is cut silently. */
    record TooLong(int promptTokens, int maxTokens, int limit) implements Admission {
        public String message() {
            return maxTokens > 1
                    ? "This model's maximum context length is " + limit + " tokens, but " + (promptTokens + maxTokens)
                            + " were asked for: " + promptTokens + " in the prompt and " + maxTokens
                            + " in max_tokens. Shorten the prompt or lower max_tokens."
                    : "This model's maximum context length is " + limit + " tokens, but the prompt alone holds "
                            + promptTokens + " and must leave room for one more. Shorten the prompt.";
        }
    }

    /** A field holds what this model has no meaning for. */
    record Invalid(String param, String message) implements Admission {}

    /** The queue is full. */
    record Busy(int waiting, Duration retryAfter) implements Admission {}

    /** The adapter that it asks for has been taken away in this moment. */
    record Unloaded() implements Admission {}

    /** The engine is about to end. */
    record Stopping() implements Admission {}
}
