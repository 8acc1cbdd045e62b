package dev.millrace.gateway.admin;

import dev.millrace.gateway.keys.Scope;
import dev.millrace.gateway.openai.Authentications;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Lets administrators ask the database. */
final class Admission {
    private static final Duration SOON = Duration.ofSeconds(2);
    /** SQL's class of states for values that can't be: a text with NUL in it, for one. */
    private static final String DATA_EXCEPTION = "22";

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

    /** Runs what blocks where it may block. */
    static <T> Mono<T> ask(Callable<T> question) {
        return Mono.fromCallable(question)
                .subscribeOn(Schedulers.boundedElastic())
                .onErrorMap(SQLException.class, failure -> refusal(failure).exception());
    }

    private static Refusal refusal(SQLException failure) {
        return String.valueOf(failure.getSQLState()).startsWith(DATA_EXCEPTION)
                ? Refusal.of(
                        Kind.INVALID,
                        "invalid_value",
                        "a value of the request can't be kept or looked for: send text without NUL characters")
                : Refusal.overloaded("database_unavailable", "the database does not answer: try again", SOON);
    }
}
