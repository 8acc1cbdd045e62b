package dev.millrace.gateway.openai;

import dev.millrace.gateway.generation.Models;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import dev.millrace.gateway.upstream.Passthrough;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Takes a request to where its model is served: to engines of ours, or, as it is, to another server. */
@Component
final class Dispatch {
    private final Bodies bodies;
    private final Models models;
    private final Passthrough passthrough;

    /** Answers a request on engines of ours; of its fields, all but the model are still to be read. */
    interface Ours {
        Mono<Void> answer(RequestContext context, Route.Engines engines, Fields fields);
    }

    Dispatch(Bodies bodies, Models models, Passthrough passthrough) {
        this.bodies = bodies;
        this.models = models;
        this.passthrough = passthrough;
    }

    Mono<Void> answer(ServerWebExchange exchange, Ours ours) {
        RequestContext context = Authentications.context(exchange);
        return bodies.read(exchange).flatMap(body -> {
            Fields fields = Fields.of(body.fields());
            return switch (models.find(context, fields.requiredString("model"))) {
                case Route.Engines engines -> ours.answer(context, engines, fields);
                case Route.Server server -> passthrough.forward(exchange, context, server, body.bytes(), body.fields());
            };
        });
    }

    /** The same for what only engines of ours can do. */
    Mono<Void> answerHere(ServerWebExchange exchange, Ours ours) {
        RequestContext context = Authentications.context(exchange);
        return bodies.read(exchange).flatMap(body -> {
            Fields fields = Fields.of(body.fields());
            return ours.answer(context, models.engines(context, fields.requiredString("model")), fields);
        });
    }
}
