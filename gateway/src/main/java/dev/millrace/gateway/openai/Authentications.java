package dev.millrace.gateway.openai;

import dev.millrace.gateway.keys.Keys;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.request.Admittance;
import dev.millrace.gateway.request.RequestContext;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Lets in who has a key, before anything else of the request is read. */
@Component
@Order(0)
public final class Authentications implements WebFilter {
    private static final String ATTRIBUTE = RequestContext.class.getName();
    private static final Set<String> OPEN_TO_ALL = Set.of("/health", "/openapi.json");

    private final PublicDoor door;
    private final Keys keys;

    Authentications(PublicDoor door, Keys keys) {
        this.door = door;
        this.keys = keys;
    }

    /** Who asks for what, of a request that has passed this filter. */
    public static RequestContext context(ServerWebExchange exchange) {
        return exchange.getRequiredAttribute(ATTRIBUTE);
    }

    /** Whose files, documents and answers a request is about; its key must be one for inference. */
    public static String tenant(ServerWebExchange exchange) {
        RequestContext context = context(exchange);
        context.require(Scope.INFERENCE);
        return context.caller().tenant();
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        String path = exchange.getRequest().getPath().value();
        if (!door.has(exchange) || OPEN_TO_ALL.contains(path)) {
            return chain.filter(exchange);
        }
        Instant startedAt = Instant.now();
        String header = exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        return Admittance.admit(keys, Optional.ofNullable(header)).flatMap(caller -> {
            exchange.getAttributes()
                    .put(ATTRIBUTE, new RequestContext(RequestIds.of(exchange), caller, path, startedAt));
            return chain.filter(exchange);
        });
    }
}
