package dev.millrace.gateway;

import dev.millrace.gateway.keys.ModelPattern;
import dev.millrace.gateway.route.Upstream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** Other OpenAI-compatible servers, {@code millrace.upstreams[0].base-url} and so on: see {@link Upstream}. */
@ConfigurationProperties("millrace")
record UpstreamSettings(@DefaultValue List<Entry> upstreams) {
    record Entry(
            List<String> models,
            URI baseUrl,
            Optional<String> apiKey,
            Optional<String> rename,
            @DefaultValue("false") boolean askUsage,
            @DefaultValue("4096") int defaultMaxTokens,
            @DefaultValue("5s") Duration connectTimeout,
            @DefaultValue("5m") Duration silenceTimeout) {
        Upstream upstream() {
            return new Upstream(
                    models.stream().map(ModelPattern::new).toList(),
                    baseUrl,
                    apiKey.filter(key -> !key.isBlank()),
                    rename,
                    askUsage,
                    defaultMaxTokens,
                    connectTimeout,
                    silenceTimeout);
        }
    }
}
