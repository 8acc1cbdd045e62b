package dev.millrace.gateway.openai;

import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Questions to stores, which block. */
public final class Database {
    private static final Duration SOON = Duration.ofSeconds(2);
    /** SQL's class of states for values that can't be: a text with NUL in it, for one. */
    private static final String DATA_EXCEPTION = "22";

    private Database() {}

    /** Runs what blocks where it may block; a database that fails becomes a refusal. */
    public static <T> Mono<T> ask(Callable<T> question) {
        return Mono.fromCallable(question)
                .subscribeOn(Schedulers.boundedElastic())
                .onErrorMap(SQLException.class, failure -> refusal(failure).exception());
    }

    static Refusal refusal(SQLException failure) {
        return String.valueOf(failure.getSQLState()).startsWith(DATA_EXCEPTION)
                ? Refusal.of(
                        Kind.INVALID,
                        "invalid_value",
                        "a value of the request can't be kept or looked for: send text without NUL characters")
                : Refusal.overloaded("database_unavailable", "the database does not answer: try again", SOON);
    }
}
