package dev.millrace.gateway.openai;

import org.springframework.context.ApplicationContext;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

/**
 * Tells requests of the public port from those of the management port, which Spring sends through the same filters: probes
 * and metrics have no key, and must get through when the gateway is full.
 */
@Component
final class PublicDoor {
    private final ApplicationContext context;

    PublicDoor(ApplicationContext context) {
        this.context = context;
    }

    /** Whether this request came in by the public port: the management port has a context of its own. */
    boolean has(ServerWebExchange exchange) {
        return context.equals(exchange.getApplicationContext());
    }
}
