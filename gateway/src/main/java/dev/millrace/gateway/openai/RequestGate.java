package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Lets so many requests in at a time; the next is told at once to try again, rather than left to hang. */
@Component
@Order(-1)
final class RequestGate implements WebFilter {
    private static final Duration SOON = Duration.ofSeconds(1);

    private final PublicDoor door;
    private final int most;
    private final AtomicInteger inside = new AtomicInteger();

    RequestGate(PublicDoor door, HttpBounds bounds) {
        this.door = door;
        this.most = bounds.maxRequests();
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (!door.has(exchange)) {
            return chain.filter(exchange);
        }
        return Mono.defer(() -> {
            if (inside.incrementAndGet() > most) {
                inside.decrementAndGet();
                return Mono.error(Refusal.overloaded(
                                "overloaded",
                                "the gateway has " + most + " requests on their way, the most it takes: try again",
                                SOON)
                        .exception());
            }
            return chain.filter(exchange).doFinally(_ -> inside.decrementAndGet());
        });
    }
}
