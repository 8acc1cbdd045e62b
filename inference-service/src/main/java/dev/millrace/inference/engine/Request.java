package dev.millrace.inference.engine;

import dev.millrace.inference.sample.InvalidParameterException;
import dev.millrace.inference.sample.SamplingParameters;
import dev.millrace.inference.schedule.Prompt;
import java.util.List;

/** What the engine is asked for. */
public sealed interface Request {
    /** Names it in logs. */
    String id();

    /**
     * Answers to a prompt.
     *
     * @param n how many
     * @param priority higher goes first
     * @param salt prompts with another salt never share a block of the cache
     * @param promptLogprobs whether the prompt's own log-probabilities are wanted too
     */
    record Generate(
            String id,
            Prompt prompt,
            SamplingParameters sampling,
            StopConditions stop,
            int n,
            int priority,
            String salt,
            boolean promptLogprobs)
            implements Request {
        public static final int MOST_CHOICES = 128;

        public Generate {
            if (n < 1 || n > MOST_CHOICES) {
                throw new InvalidParameterException("n", "must be from 1 to " + MOST_CHOICES, n);
            }
            if (promptLogprobs && !prompt.spans().isEmpty()) {
                throw new InvalidParameterException(
                        "prompt_logprobs", "must be off for a prompt with embeddings: they have none", true);
            }
        }
    }

    /** Log-probabilities of given ids, with this many alternatives to each. */
    record Score(String id, Prompt prompt, int topLogprobs, String salt) implements Request {
        public Score {
            if (topLogprobs < 0 || topLogprobs > SamplingParameters.MOST_TOP_LOGPROBS) {
                throw new InvalidParameterException(
                        "top_logprobs", "must be from 0 to " + SamplingParameters.MOST_TOP_LOGPROBS, topLogprobs);
            }
        }
    }

    /** Hidden states of the last layer, pooled to one vector for each input. */
    record Embed(String id, List<Prompt> inputs, Pooling pooling, boolean normalize) implements Request {
        public static final int MOST_INPUTS = 2048;

        public Embed {
            inputs = List.copyOf(inputs);
            if (inputs.isEmpty() || inputs.size() > MOST_INPUTS) {
                throw new InvalidParameterException("input", "must hold 1 to " + MOST_INPUTS + " texts", inputs.size());
            }
        }
    }

    /** How the hidden states of many tokens become one vector. */
    enum Pooling {
        MEAN,
        LAST
    }
}
