package dev.millrace.gateway.upstream;

import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.route.Route;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Hands a request to another server, and its answer back untouched. */
public interface Passthrough {
    /**
     * Reserves, forwards, streams the answer back, settles, and takes note of the usage. Errors of the walk are
     * signalled as {@link dev.millrace.gateway.request.RefusedException}; those of the other server pass through.
     *
     * @param body what the client sent, whole
     * @param fields the same, parsed; {@code model} is a string, nothing else has been checked
     */
    Mono<Void> forward(
            ServerWebExchange exchange, RequestContext context, Route.Server server, byte[] body, ObjectNode fields);
}
