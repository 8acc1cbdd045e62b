package dev.millrace.gateway.request;

import dev.millrace.gateway.keys.Authentication;
import dev.millrace.gateway.keys.Caller;
import dev.millrace.gateway.keys.Keys;
import dev.millrace.gateway.request.Refusal.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Turns what a client says of itself into a caller, or a refusal. */
public final class Admittance {
    private static final String SCHEME = "Bearer ";
    private static final int MAX_KEY_CHARACTERS = 256;
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final String UNKNOWN =
            "the key is not one of this server's: check it, or have one made with `millrace keys create`";

    private Admittance() {}

    /**
     * @param authorization the header, or the metadata entry, of that name
     */
    public static Mono<Caller> admit(Keys keys, Optional<String> authorization) {
        if (authorization.isEmpty() || !authorization.get().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return refuse("missing_api_key", "no key: send it as \"authorization: Bearer YOUR_KEY\"");
        }
        String key = authorization.get().substring(SCHEME.length()).strip();
        if (key.isEmpty() || key.length() > MAX_KEY_CHARACTERS) {
            return refuse("invalid_api_key", UNKNOWN);
        }
        return keys.authenticate(key).flatMap(outcome -> switch (outcome) {
            case Authentication.Authenticated(Caller caller) -> Mono.just(caller);
            case Authentication.Unknown _ -> refuse("invalid_api_key", UNKNOWN);
            case Authentication.Revoked(Instant at) -> refuse("invalid_api_key", "the key was revoked at " + at);
            case Authentication.Expired(Instant at) -> refuse("invalid_api_key", "the key expired at " + at);
            case Authentication.Unavailable(String reason) ->
                Mono.error(Refusal.overloaded("overloaded", reason, SOON).exception());
        });
    }

    private static Mono<Caller> refuse(String code, String message) {
        return Mono.error(Refusal.of(Kind.UNAUTHENTICATED, code, message).exception());
    }
}
