package dev.millrace.gateway.openai;

import dev.millrace.gateway.conversation.Conversations;
import dev.millrace.gateway.conversation.KeptResponse;
import dev.millrace.gateway.request.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** {@code GET} and {@code DELETE /v1/responses/{id}}: answers that were kept. */
@RestController
final class KeptResponseController {
    private final Conversations conversations;
    private final Json json;

    record Deleted(String id, String object, boolean deleted) {}

    record Items(
            String object, List<JsonNode> data, Optional<String> firstId, Optional<String> lastId, boolean hasMore) {}

    KeptResponseController(Conversations conversations, Json json) {
        this.conversations = conversations;
        this.json = json;
    }

    @GetMapping("/v1/responses/{id}")
    Mono<Void> show(ServerWebExchange exchange, @PathVariable String id) {
        return find(exchange, id).flatMap(found -> json.write(exchange, json.tree(found.response())));
    }

    /** All at once, in the order in which they came. */
    @GetMapping("/v1/responses/{id}/input_items")
    Mono<Void> input(ServerWebExchange exchange, @PathVariable String id) {
        return find(exchange, id).flatMap(found -> {
            List<JsonNode> items = StreamSupport.stream(json.tree(found.input()).spliterator(), false)
                    .toList();
            Optional<String> first = items.stream().findFirst().map(KeptResponseController::id);
            Optional<String> last = items.isEmpty() ? Optional.empty() : Optional.of(id(items.getLast()));
            return json.write(exchange, new Items("list", items, first, last, false));
        });
    }

    private static String id(JsonNode item) {
        return item.path("id").stringValue();
    }

    @DeleteMapping("/v1/responses/{id}")
    Mono<Void> delete(ServerWebExchange exchange, @PathVariable String id) {
        String tenant = Authentications.tenant(exchange);
        return Database.ask(() -> conversations.delete(tenant, id))
                .flatMap(deleted -> deleted
                        ? json.write(exchange, new Deleted(id, "response", true))
                        : Mono.error(notFound(id).exception()));
    }

    private Mono<KeptResponse> find(ServerWebExchange exchange, String id) {
        String tenant = Authentications.tenant(exchange);
        return Database.ask(() -> conversations.find(tenant, id))
                .map(found -> found.orElseThrow(() -> notFound(id).exception()));
    }

    private static Refusal notFound(String id) {
        return Refusal.of(
                        Refusal.Kind.NOT_FOUND,
                        "response_not_found",
                        "there is no response \"" + Fields.shorten(id) + "\" that was kept")
                .at("id");
    }
}
