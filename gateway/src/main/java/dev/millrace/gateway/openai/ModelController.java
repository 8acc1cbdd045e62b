package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Routes;
import dev.millrace.gateway.route.ServedModel;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code GET /v1/models} and {@code /v1/models/{id}}: the models that the caller's key opens. */
@RestController
final class ModelController {
    private static final String PREFIX = "/v1/models/";

    private final Routes routes;
    private final Json json;

    record ModelList(String object, List<Model> data) {}

    record Model(
            String id,
            String object,
            long created,
            String ownedBy,
            int maxModelLen,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> parent) {}

    ModelController(Routes routes, Json json) {
        this.routes = routes;
        this.json = json;
    }

    @GetMapping("/v1/models")
    Mono<Void> list(ServerWebExchange exchange) {
        return json.write(exchange, new ModelList("list", models(Authentications.context(exchange))));
    }

    // a model's name may hold slashes
    @GetMapping("/v1/models/{*id}")
    Mono<Void> show(ServerWebExchange exchange) {
        String id = exchange.getRequest().getPath().value().substring(PREFIX.length());
        String name = URLDecoder.decode(id.replace("+", "%2B"), StandardCharsets.UTF_8);
        return models(Authentications.context(exchange)).stream()
                .filter(model -> model.id().equals(name))
                .findFirst()
                .map(model -> json.write(exchange, model))
                .orElseGet(() ->
                        Mono.error(Refusal.unknownModel(Fields.shorten(name)).exception()));
    }

    private List<Model> models(RequestContext context) {
        return routes.models().stream()
                .filter(model -> context.caller().mayUse(model.name()))
                .map(ModelController::model)
                .toList();
    }

    private static Model model(ServedModel served) {
        return new Model(
                served.name(),
                "model",
                served.createdAt().getEpochSecond(),
                "millrace",
                served.contextTokens(),
                served.parent());
    }
}
