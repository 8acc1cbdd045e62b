package dev.millrace.gateway.route;

import dev.millrace.gateway.keys.ModelPattern;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Another OpenAI-compatible server that some models are served by.
 *
 * @param models           their names; one may hold {@code *} for any characters
 * @param baseUrl          as clients write it, with {@code /v1} at its end
 * @param apiKey           what opens it; empty where it asks for none
 * @param rename           what it calls the model; empty where the names are the same
 * @param askUsage         whether it is asked to count a stream for us where the client didn't ask. The count is exact
 *                         then, and the chunk with it is taken out of the stream again; otherwise a stream passes untouched,
 *                         and is counted by its chunks
 * @param defaultMaxTokens what is set aside for an answer where the client gives no limit
 * @param connectTimeout   until a connection stands
 * @param silenceTimeout   between two signs of life during an answer
 */
public record Upstream(
        List<ModelPattern> models,
        URI baseUrl,
        Optional<String> apiKey,
        Optional<String> rename,
        boolean askUsage,
        int defaultMaxTokens,
        Duration connectTimeout,
        Duration silenceTimeout) {
    public Upstream {
        models = List.copyOf(models);
        if (models.isEmpty()) {
            throw new IllegalArgumentException("an upstream serves at least one model: " + baseUrl + " has none");
        }
        if (baseUrl.getHost() == null || !String.valueOf(baseUrl.getScheme()).matches("https?")) {
            throw new IllegalArgumentException(
                    "an upstream's base-url is such as http://gpu-1:8000/v1, was '" + baseUrl + "'");
        }
        if (defaultMaxTokens < 1) {
            throw new IllegalArgumentException("default-max-tokens must be 1 or more, was " + defaultMaxTokens);
        }
    }

    /** Whether it serves a model of that name. */
    public boolean serves(String model) {
        return models.stream().anyMatch(pattern -> pattern.matches(model));
    }

    /** It prints without its key. */
    @Override
    public String toString() {
        return "Upstream[" + baseUrl + ", models=" + models + "]";
    }
}
