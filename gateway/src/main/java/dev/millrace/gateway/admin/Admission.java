package dev.millrace.gateway.admin;

import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import org.springframework.web.server.ServerWebExchange;

/** Lets administrators in. */
final class Admission {
    private Admission() {}

    /**
     * @throws RefusedException where the caller's key is not an administrator's
     */
    static void check(ServerWebExchange exchange) {
        if (!Authentications.context(exchange).caller().may(Scope.ADMIN)) {
            throw Refusal.of(
                            Kind.FORBIDDEN,
                            "insufficient_permissions",
                            "this takes a key with the scope 'admin', which yours doesn't have")
                    .exception();
        }
    }
}
