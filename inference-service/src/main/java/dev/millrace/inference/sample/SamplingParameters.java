package dev.millrace.inference.sample;

import java.util.Map;
import java.util.OptionalInt;

/**
 * How a request wants its tokens chosen. Applied in this order: bias and penalties, temperature, min-p, top-k, top-p.
 *
 * @param temperature 0 picks the most likely token, the lowest id of several
 * @param topK how many of the most likely tokens stay; 0 for all
 * @param topP the most likely tokens stay until their probabilities reach this sum
 * @param minP tokens stay whose probability is at least this share of the most likely one's
 * @param repetitionPenalty divides (or, below zero, multiplies) the logits of ids that prompt or answer hold
 * @param presencePenalty taken from the logits of ids that the answer holds
 * @param frequencyPenalty taken from the logits of ids, once for each time that the answer holds them
 * @param logitBias added to the logits, by id
 * @param seed with the choice's index and the token's position decides every draw
 * @param topLogprobs report each token's log-probability and this many alternatives
 */
public record SamplingParameters(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repetitionPenalty,
        float presencePenalty,
        float frequencyPenalty,
        Map<Integer, Float> logitBias,
        long seed,
        OptionalInt topLogprobs) {
    /** As many alternatives as OpenAI's API knows. */
    public static final int MOST_TOP_LOGPROBS = 20;

    public SamplingParameters {
        // comparisons are written so that NaN fails them
        require(temperature >= 0 && temperature <= 2, "temperature", "must be from 0 to 2", temperature);
        require(topK >= 0, "top_k", "must be 0 (all) or more", topK);
        require(topP > 0 && topP <= 1, "top_p", "must be more than 0 and at most 1", topP);
        require(minP >= 0 && minP <= 1, "min_p", "must be from 0 to 1", minP);
        require(
                repetitionPenalty > 0 && repetitionPenalty <= 10,
                "repetition_penalty",
                "must be more than 0 and at most 10",
                repetitionPenalty);
        require(
                presencePenalty >= -2 && presencePenalty <= 2,
                "presence_penalty",
                "must be from -2 to 2",
                presencePenalty);
        require(
                frequencyPenalty >= -2 && frequencyPenalty <= 2,
                "frequency_penalty",
                "must be from -2 to 2",
                frequencyPenalty);
        logitBias = Map.copyOf(logitBias);
        for (float bias : logitBias.values()) {
            require(bias >= -100 && bias <= 100, "logit_bias", "must be from -100 to 100", bias);
        }
        if (topLogprobs.isPresent()) {
            int top = topLogprobs.getAsInt();
            require(
                    top >= 0 && top <= MOST_TOP_LOGPROBS,
                    "top_logprobs",
                    "must be from 0 to " + MOST_TOP_LOGPROBS,
                    top);
        }
    }

    /** Always the most likely token. */
    public static SamplingParameters greedy() {
        return new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(), 0, OptionalInt.empty());
    }

    /** Draws from the model's own distribution. */
    public static SamplingParameters seeded(long seed) {
        return new SamplingParameters(1, 0, 1, 0, 1, 0, 0, Map.of(), seed, OptionalInt.empty());
    }

    boolean penalises() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }

    private static void require(boolean holds, String param, String rule, Number was) {
        if (!holds) {
            throw new InvalidParameterException(param, rule, was);
        }
    }
}
