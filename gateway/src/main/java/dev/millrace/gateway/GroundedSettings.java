package dev.millrace.gateway;

import dev.millrace.gateway.grounded.Judge;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Answers from documents, under {@code millrace.grounded}.
 *
 * @param maxSourceTokens of all sources in one prompt together
 * @param minScore of passages; those below are left out
 * @param leastRelevance of the best passage: below it the documents don't say
 * @param judge says whether sentences are supported, where a request names none
 * @param judgeThreshold from which probability of Yes on the language model holds a sentence for supported
 */
@ConfigurationProperties("millrace.grounded")
record GroundedSettings(
        @DefaultValue("1536") int maxSourceTokens,
        @DefaultValue("0") double minScore,
        @DefaultValue("0.25") double leastRelevance,
        @DefaultValue("check") Judge judge,
        @DefaultValue("0.55") double judgeThreshold) {
    GroundedSettings {
        if (maxSourceTokens < 1) {
            throw new IllegalArgumentException(
                    "millrace.grounded.max-source-tokens must be 1 or more, was " + maxSourceTokens);
        }
        requireShare("min-score", minScore);
        requireShare("least-relevance", leastRelevance);
        requireShare("judge-threshold", judgeThreshold);
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("millrace.grounded." + name + " must be from 0 to 1, was " + value);
        }
    }
}
