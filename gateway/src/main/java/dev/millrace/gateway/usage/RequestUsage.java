package dev.millrace.gateway.usage;

import java.time.Duration;
import java.time.Instant;

/**
 * What one request used.
 *
 * @param endpoint {@code /v1/chat/completions}, {@code grpc:Chat}, ...
 * @param cachedTokens of the prompt's tokens, those that came from the engine's cache
 * @param status the HTTP status that the client saw, or that of the same meaning for gRPC; 499 where it went away
 */
public record RequestUsage(
        String requestId,
        String keyId,
        String model,
        String endpoint,
        long promptTokens,
        long completionTokens,
        long cachedTokens,
        int status,
        Instant startedAt,
        Duration duration,
        boolean streamed) {
    public RequestUsage {
        if (promptTokens < 0 || completionTokens < 0 || cachedTokens < 0) {
            throw new IllegalArgumentException("token counts must be 0 or more, were " + promptTokens + ", "
                    + completionTokens + " and " + cachedTokens);
        }
    }
}
