package dev.millrace.inference.engine;

import dev.millrace.inference.sample.TokenLogprob;
import java.util.List;

/** What a request gives, in the order in which it comes about. The last is {@link Finished} or {@link Failed}. */
public sealed interface Event {
    /** One log-probability for each token of the prompt; the first reads NaN. */
    record PromptScored(List<TokenLogprob> logprobs) implements Event {
        public PromptScored {
            logprobs = List.copyOf(logprobs);
        }
    }

    /**
     * What one choice grew by.
     *
     * @param text whole characters; what may yet become a stop string is held back
     * @param atNanos when, by {@link System#nanoTime()}
     */
    record Delta(int choice, String text, List<Integer> ids, List<TokenLogprob> logprobs, long atNanos)
            implements Event {
        public Delta {
            ids = List.copyOf(ids);
            logprobs = List.copyOf(logprobs);
        }
    }

    record ChoiceFinished(int choice, FinishReason reason) implements Event {}

    /** The pooled vector of one input. */
    @SuppressWarnings("ArrayRecordComponent") // made for this event and handed over with it
    record Embedded(int input, float[] values) implements Event {}

    record Finished(Usage usage, Timings timings) implements Event {}

    record Failed(Failure failure) implements Event {}

    /**
     * @param completionTokens of all choices, end tokens included
     * @param cachedTokens of the prompt's tokens, those whose keys and values came from the cache
     * @param draftedTokens that were tried before it was their turn
     * @param acceptedTokens of those, the ones that came true and are part of {@code completionTokens}
     */
    record Usage(int promptTokens, int completionTokens, int cachedTokens, int draftedTokens, int acceptedTokens) {}

    /**
     * @param queueNanos from arrival to the first step
     * @param prefillNanos from there to the first result
     * @param decodeNanos from there to the end
     */
    record Timings(long queueNanos, long prefillNanos, long decodeNanos) {}
}
