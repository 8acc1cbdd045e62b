package dev.millrace.gateway.openai;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code GET /health}: that the door is open, as vLLM's clients ask for it; readiness is on the management port. */
@RestController
final class HealthController {
    private final Json json;

    record Health(String status) {}

    HealthController(Json json) {
        this.json = json;
    }

    @GetMapping("/health")
    Mono<Void> health(ServerWebExchange exchange) {
        return json.write(exchange, new Health("ok"));
    }
}
