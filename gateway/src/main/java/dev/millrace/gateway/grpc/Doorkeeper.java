package dev.millrace.gateway.grpc;

import dev.millrace.gateway.keys.Keys;
import dev.millrace.gateway.request.Admittance;
import dev.millrace.gateway.request.RequestContext;
import java.time.Instant;
import java.util.Optional;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Lets in who has a key. */
@Component
final class Doorkeeper {
    private final Keys keys;

    Doorkeeper(Keys keys) {
        this.keys = keys;
    }

    /** Who asks; to be called on the call's own thread, which knows its metadata. */
    Mono<RequestContext> admit(String endpoint) {
        Optional<String> authorization = CallMetadata.AUTHORIZATION.get();
        String id = CallMetadata.REQUEST_ID.get();
        return Admittance.admit(keys, authorization)
                .map(caller -> new RequestContext(id, caller, endpoint, Instant.now()));
    }
}
