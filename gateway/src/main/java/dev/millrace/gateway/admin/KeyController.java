package dev.millrace.gateway.admin;

import dev.millrace.gateway.keys.ApiKey;
import dev.millrace.gateway.keys.KeyLimits;
import dev.millrace.gateway.keys.KeyRegister;
import dev.millrace.gateway.keys.ModelPattern;
import dev.millrace.gateway.keys.NewKey;
import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.openai.Bodies;
import dev.millrace.gateway.openai.Database;
import dev.millrace.gateway.openai.Fields;
import dev.millrace.gateway.openai.Json;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** {@code /admin/keys}: makes, lists, rotates and revokes keys. */
@RestController
final class KeyController {
    private static final int MOST_MODELS = 100;

    private final KeyRegister register;
    private final Bodies bodies;
    private final Json json;

    record Limits(
            OptionalInt requestsPerMinute,
            OptionalLong tokensPerMinute,
            OptionalInt parallelRequests,
            OptionalLong tokensPerMonth) {}

    record Shown(
            String id,
            String object,
            String name,
            String shown,
            List<String> scopes,
            List<String> models,
            Limits limits,
            String createdAt,
            Optional<String> expiresAt,
            Optional<String> revokedAt,
            Optional<String> lastUsedAt) {}

    /** A key just made, with what opens the door: it is shown this once. */
    record Issued(String key, Shown details) {}

    record ShownKeys(String object, List<Shown> data) {}

    KeyController(KeyRegister register, Bodies bodies, Json json) {
        this.register = register;
        this.bodies = bodies;
        this.json = json;
    }

    @PostMapping("/admin/keys")
    Mono<Void> create(ServerWebExchange exchange) {
        Admission.check(exchange);
        return bodies.read(exchange)
                .map(body -> wish(Fields.of(body.fields())))
                .flatMap(wish -> Database.ask(() -> register.create(wish)))
                .onErrorMap(IllegalArgumentException.class, KeyController::invalid)
                .flatMap(issued -> {
                    exchange.getResponse().setStatusCode(HttpStatus.CREATED);
                    return json.write(exchange, issued(issued));
                });
    }

    @GetMapping("/admin/keys")
    Mono<Void> list(ServerWebExchange exchange) {
        Admission.check(exchange);
        return Database.ask(register::list)
                .map(keys -> new ShownKeys(
                        "list", keys.stream().map(KeyController::shown).toList()))
                .flatMap(keys -> json.write(exchange, keys));
    }

    @GetMapping("/admin/keys/{id}")
    Mono<Void> show(ServerWebExchange exchange, @PathVariable String id) {
        Admission.check(exchange);
        return Database.ask(() -> register.find(id)).flatMap(key -> answer(exchange, id, key));
    }

    @DeleteMapping("/admin/keys/{id}")
    Mono<Void> revoke(ServerWebExchange exchange, @PathVariable String id) {
        Admission.check(exchange);
        return Database.ask(() -> register.revoke(id)).flatMap(key -> answer(exchange, id, key));
    }

    @PostMapping("/admin/keys/{id}/rotate")
    Mono<Void> rotate(ServerWebExchange exchange, @PathVariable String id) {
        Admission.check(exchange);
        return Database.ask(() -> register.rotate(id))
                .onErrorMap(IllegalArgumentException.class, KeyController::invalid)
                .flatMap(rotated -> rotated.map(issued -> json.write(exchange, issued(issued)))
                        .orElseGet(() -> Mono.error(Refusal.of(
                                        Kind.NOT_FOUND,
                                        "key_not_found",
                                        "there is no key with the id '" + id + "' that is not revoked")
                                .exception())));
    }

    private static Issued issued(KeyRegister.Issued issued) {
        return new Issued(issued.secret().reveal(), shown(issued.key()));
    }

    private static RefusedException invalid(IllegalArgumentException wrong) {
        return Refusal.of(Kind.INVALID, "invalid_value", String.valueOf(wrong.getMessage()))
                .exception();
    }

    private Mono<Void> answer(ServerWebExchange exchange, String id, Optional<ApiKey> key) {
        return key.map(found -> json.write(exchange, shown(found)))
                .orElseGet(() -> Mono.error(
                        Refusal.of(Kind.NOT_FOUND, "key_not_found", "there is no key with the id '" + id + "'")
                                .exception()));
    }

    private static NewKey wish(Fields fields) {
        String name = fields.requiredString("name");
        Set<Scope> scopes = fields.has("scopes")
                ? new HashSet<>(fields.list("scopes", Scope.values().length, read("scopes", Scope::of)))
                : Set.of(Scope.INFERENCE);
        List<ModelPattern> models = fields.list("models", MOST_MODELS, read("models", ModelPattern::new));
        KeyLimits limits = fields.object("limits").map(KeyController::limits).orElse(KeyLimits.NONE);
        Optional<Instant> expiresAt = fields.string("expires_at").map(KeyController::instant);
        fields.refuseOthers();
        return new NewKey(name, scopes, models, limits, expiresAt);
    }

    private static KeyLimits limits(Fields fields) {
        KeyLimits limits = new KeyLimits(
                fields.integer("requests_per_minute", 1, Integer.MAX_VALUE),
                fields.longInteger("tokens_per_minute", 1, KeyLimits.MOST_PER_MINUTE),
                fields.integer("parallel_requests", 1, Integer.MAX_VALUE),
                fields.longInteger("tokens_per_month", 1, KeyLimits.MOST_PER_MONTH));
        fields.refuseOthers();
        return limits;
    }

    private static <T> BiFunction<JsonNode, String, T> read(String field, Function<String, T> reading) {
        return (value, path) -> {
            try {
                return reading.apply(Fields.text(value, path));
            } catch (IllegalArgumentException wrong) {
                throw Refusal.invalid(field, path + ": " + wrong.getMessage()).exception();
            }
        };
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException wrong) {
            throw Refusal.invalid(
                            "expires_at",
                            "expires_at must be a time such as 2027-01-31T00:00:00Z, was " + Fields.shorten(text))
                    .exception();
        }
    }

    private static Shown shown(ApiKey key) {
        KeyLimits limits = key.limits();
        return new Shown(
                key.id(),
                "key",
                key.name(),
                key.shown(),
                key.scopes().stream().map(Scope::label).sorted().toList(),
                key.models().stream().map(ModelPattern::text).toList(),
                new Limits(
                        limits.requestsPerMinute(),
                        limits.tokensPerMinute(),
                        limits.parallelRequests(),
                        limits.tokensPerMonth()),
                key.createdAt().toString(),
                key.expiresAt().map(Instant::toString),
                key.revokedAt().map(Instant::toString),
                key.lastUsedAt().map(Instant::toString));
    }
}
