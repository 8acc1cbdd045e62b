package dev.millrace.gateway.openai;

import dev.millrace.gateway.keys.Authentication;
import dev.millrace.gateway.keys.Caller;
import dev.millrace.gateway.keys.Keys;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RequestContext;
import java.time.Duration;
import java.time.Instant;
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
    private static final String SCHEME = "Bearer ";
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final int MAX_KEY_CHARACTERS = 256;
    private static final String UNKNOWN =
            "the key is not one of this server's: check it, or have one made with `millrace keys create`";
    private static final Set<String> OPEN_TO_ALL = Set.of("/health", "/openapi.json");

    private final Keys keys;

    public Authentications(Keys keys) {
        this.keys = keys;
    }

    /** Who asks for what, of a request that has passed this filter. */
    public static RequestContext context(ServerWebExchange exchange) {
        return exchange.getRequiredAttribute(ATTRIBUTE);
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        String path = exchange.getRequest().getPath().value();
        if (OPEN_TO_ALL.contains(path)) {
            return chain.filter(exchange);
        }
        Instant startedAt = Instant.now();
        String header = exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return refuse("missing_api_key", "no key: send the header Authorization: Bearer YOUR_KEY");
        }
        String key = header.substring(SCHEME.length()).strip();
        if (key.isEmpty() || key.length() > MAX_KEY_CHARACTERS) {
            return refuse("invalid_api_key", UNKNOWN);
        }
        return keys.authenticate(key).flatMap(outcome -> switch (outcome) {
            case Authentication.Authenticated(Caller caller) -> {
                exchange.getAttributes()
                        .put(ATTRIBUTE, new RequestContext(RequestIds.of(exchange), caller, path, startedAt));
                yield chain.filter(exchange);
            }
            case Authentication.Unknown _ -> refuse("invalid_api_key", UNKNOWN);
            case Authentication.Revoked(Instant at) -> refuse("invalid_api_key", "the key was revoked at " + at);
            case Authentication.Expired(Instant at) -> refuse("invalid_api_key", "the key expired at " + at);
            case Authentication.Unavailable(String reason) ->
                Mono.error(Refusal.overloaded("overloaded", reason, SOON).exception());
        });
    }

    private static Mono<Void> refuse(String code, String message) {
        return Mono.error(Refusal.of(Kind.UNAUTHENTICATED, code, message).exception());
    }
}
