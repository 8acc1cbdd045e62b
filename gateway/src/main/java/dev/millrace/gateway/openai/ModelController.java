package dev.millrace.gateway.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.contracts.v1.DeleteAdapterRequest;
import dev.millrace.contracts.v1.DeleteModelRequest;
import dev.millrace.gateway.backend.TrainingClient;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Routes;
import dev.millrace.gateway.route.ServedModel;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * {@code /v1/models} and {@code /v1/models/{id}}: the models that the caller's key opens. What jobs made can be deleted: adapters, and
 * models of their own that aren't served.
 */
@RestController
final class ModelController {
    private static final String PREFIX = "/v1/models/";

    private final Routes routes;
    private final TrainingClient training;
    private final Json json;

    record ModelList(String object, List<Model> data) {}

    record Model(
            String id,
            String object,
            long created,
            String ownedBy,
            int maxModelLen,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> parent) {}

    record Deleted(String id, String object, boolean deleted) {}

    ModelController(Routes routes, TrainingClient training, Json json) {
        this.routes = routes;
        this.training = training;
        this.json = json;
    }

    @GetMapping("/v1/models")
    Mono<Void> list(ServerWebExchange exchange) {
        return json.write(exchange, new ModelList("list", models(Authentications.context(exchange))));
    }

    // a model's name may hold slashes
    @GetMapping("/v1/models/{*id}")
    Mono<Void> show(ServerWebExchange exchange) {
        String name = name(exchange);
        return models(Authentications.context(exchange)).stream()
                .filter(model -> model.id().equals(name))
                .findFirst()
                .map(model -> json.write(exchange, model))
                .orElseGet(() ->
                        Mono.error(Refusal.unknownModel(Fields.shorten(name)).exception()));
    }

    private static String name(ServerWebExchange exchange) {
        String id = exchange.getRequest().getPath().value().substring(PREFIX.length());
        return URLDecoder.decode(id.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Of what a job of the caller's made; an administrator may delete anybody's. */
    @DeleteMapping("/v1/models/{*id}")
    Mono<Void> delete(ServerWebExchange exchange) {
        String name = name(exchange);
        RequestContext context = Authentications.context(exchange);
        boolean anybodys = context.caller().may(Scope.ADMIN);
        if (!anybodys) {
            context.require(Scope.INFERENCE);
        }
        String tenant = anybodys ? "" : context.caller().tenant();
        int colon = name.lastIndexOf(':');
        Mono<?> deletion = colon < 0
                ? deleteModel(context, name, tenant)
                : training.deleteAdapter(DeleteAdapterRequest.newBuilder()
                        .setBaseModel(name.substring(0, colon))
                        .setName(name.substring(colon + 1))
                        .setTenant(tenant)
                        .build());
        return json.write(exchange, deletion.map(_ -> new Deleted(name, "model", true)));
    }

    private Mono<?> deleteModel(RequestContext context, String name, String tenant) {
        if (models(context).stream().anyMatch(model -> model.id().equals(name))) {
            throw Refusal.of(
                            Refusal.Kind.FORBIDDEN,
                            "model_served",
                            "'" + Fields.shorten(name) + "' is served: what can be deleted is an adapter, named as"
                                    + " model:name, or a model that a job made and no engine serves")
                    .exception();
        }
        return training.deleteModel(
                DeleteModelRequest.newBuilder().setName(name).setTenant(tenant).build());
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
