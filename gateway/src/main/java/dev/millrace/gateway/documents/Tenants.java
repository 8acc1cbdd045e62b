package dev.millrace.gateway.documents;

import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.request.RequestContext;
import org.springframework.web.server.ServerWebExchange;

/** Whose documents a request is about. */
final class Tenants {
    private Tenants() {}

    static String of(ServerWebExchange exchange) {
        RequestContext context = Authentications.context(exchange);
        context.require(Scope.INFERENCE);
        return context.caller().tenant();
    }
}
