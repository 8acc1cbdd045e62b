package dev.millrace.gateway.openai;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Lets pages of named origins call the gateway; by default there are none. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class CrossOrigin implements WebFilter {
    private final WebFilter filter;

    CrossOrigin(HttpBounds bounds) {
        if (bounds.corsOrigins().isEmpty()) {
            filter = (exchange, chain) -> chain.filter(exchange);
            return;
        }
        CorsConfiguration allowed = new CorsConfiguration();
        allowed.setAllowedOriginPatterns(bounds.corsOrigins());
        allowed.addAllowedMethod(CorsConfiguration.ALL);
        allowed.addAllowedHeader(CorsConfiguration.ALL);
        allowed.addExposedHeader(RequestIds.HEADER);
        filter = new CorsWebFilter(_ -> allowed);
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        return filter.filter(exchange, chain);
    }
}
