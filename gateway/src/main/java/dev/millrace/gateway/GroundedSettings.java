package dev.millrace.gateway;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Answers from documents, under {@code millrace.grounded}.
 *
 * @param maxSourceTokens of all sources in one prompt together
 * @param minScore of passages; those below have nothing to do with the question, and without any the documents don't say
 */
@ConfigurationProperties("millrace.grounded")
record GroundedSettings(
        @DefaultValue("1536") int maxSourceTokens,
        @DefaultValue("0") double minScore) {
    GroundedSettings {
        if (maxSourceTokens < 1) {
            throw new IllegalArgumentException(
                    "millrace.grounded.max-source-tokens must be 1 or more, was " + maxSourceTokens);
        }
        if (!(minScore >= 0 && minScore <= 1)) {
            throw new IllegalArgumentException("millrace.grounded.min-score must be from 0 to 1, was " + minScore);
        }
    }
}
