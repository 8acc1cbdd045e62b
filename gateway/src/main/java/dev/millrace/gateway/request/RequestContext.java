package dev.millrace.gateway.request;

import dev.millrace.gateway.keys.Caller;
import dev.millrace.gateway.keys.Scope;
import java.time.Instant;
import java.util.stream.Collectors;

/**
 * One request on its way.
 *
 * @param id goes back to the client as {@code x-request-id}, and names the request in logs, metrics and usage
 * @param endpoint {@code /v1/chat/completions}, {@code grpc:Chat}, ...
 */
public record RequestContext(String id, Caller caller, String endpoint, Instant startedAt) {
    /**
     * @throws RefusedException where the caller's key lacks the scope
     */
    public void require(Scope scope) {
        if (!caller.may(scope)) {
            String own = caller.scopes().stream().map(Scope::label).sorted().collect(Collectors.joining(", "));
            throw Refusal.of(
                            Refusal.Kind.FORBIDDEN,
                            "insufficient_permissions",
                            "this key's scopes are " + own + ": it takes one with the scope " + scope.label())
                    .exception();
        }
    }
}
