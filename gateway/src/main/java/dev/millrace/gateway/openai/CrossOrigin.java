package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsUtils;
import org.springframework.web.cors.reactive.DefaultCorsProcessor;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Lets pages of named origins call the gateway, and read all of its answers; by default there are none. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class CrossOrigin implements WebFilter {
    /** Headers of ours that a page's script would not see otherwise. */
    private static final List<String> EXPOSED = List.of(
            RequestIds.HEADER,
            "retry-after",
            "retry-after-ms",
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests",
            "x-ratelimit-limit-tokens",
            "x-ratelimit-remaining-tokens",
            "x-ratelimit-reset-tokens");

    /** How long a browser need not ask again. */
    private static final Duration MAX_AGE = Duration.ofHours(1);

    private final Optional<CorsConfiguration> allowed;
    private final DefaultCorsProcessor processor = new DefaultCorsProcessor();

    CrossOrigin(HttpBounds bounds) {
        this.allowed = bounds.corsOrigins().isEmpty() ? Optional.empty() : Optional.of(allow(bounds.corsOrigins()));
    }

    private static CorsConfiguration allow(List<String> origins) {
        CorsConfiguration allowed = new CorsConfiguration();
        allowed.setAllowedOriginPatterns(origins);
        allowed.addAllowedMethod(CorsConfiguration.ALL);
        allowed.addAllowedHeader(CorsConfiguration.ALL);
        allowed.setExposedHeaders(EXPOSED);
        allowed.setMaxAge(MAX_AGE);
        return allowed;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        return allowed.map(origins -> filter(exchange, chain, origins)).orElseGet(() -> chain.filter(exchange));
    }

    private Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain, CorsConfiguration origins) {
        ServerHttpRequest request = exchange.getRequest();
        if (!processor.process(origins, exchange)) {
            return Mono.error(refusal(request).exception());
        }
        // the browser's question alone: it carries no key
        return CorsUtils.isPreFlightRequest(request) ? Mono.empty() : chain.filter(exchange);
    }

    private static Refusal refusal(ServerHttpRequest request) {
        String origin = String.valueOf(request.getHeaders().getFirst(HttpHeaders.ORIGIN));
        return Refusal.of(
                Kind.FORBIDDEN,
                "origin_not_allowed",
                "pages of " + Fields.shorten(origin) + " may not call this gateway: its millrace.http.cors-origins does"
                        + " not name them");
    }
}
