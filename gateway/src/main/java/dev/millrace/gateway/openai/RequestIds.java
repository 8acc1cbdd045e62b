package dev.millrace.gateway.openai;

import java.util.UUID;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Gives every request an id of ours, and sends one back with whatever answer: the client's own where it sent a sane one.
 * Inside, ours stands alone: usage counts each id once, so a client that repeated its own would use the platform for
 * nothing.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class RequestIds implements WebFilter {
    static final String HEADER = "x-request-id";
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final String ATTRIBUTE = RequestIds.class.getName();

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        String id = fresh();
        exchange.getAttributes().put(ATTRIBUTE, id);
        String own = exchange.getRequest().getHeaders().getFirst(HEADER);
        exchange.getResponse()
                .getHeaders()
                .set(HEADER, own != null && SANE.matcher(own).matches() ? own : id);
        return chain.filter(exchange);
    }

    static String fresh() {
        return "req_" + UUID.randomUUID().toString().replace("-", "");
    }

    /** Our id of a request that has passed this filter. */
    public static String of(ServerWebExchange exchange) {
        return exchange.getAttributeOrDefault(ATTRIBUTE, "unknown");
    }
}
