package dev.millrace.gateway.generation;

import dev.millrace.gateway.limit.Limits;
import dev.millrace.gateway.limit.Reservation;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.usage.Usages;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** Opens an account for each request that is let in. */
public final class Ledger {
    /** Of English; only a guess until the work says what it read. */
    private static final int CHARACTERS_A_TOKEN = 4;

    private final Limits limits;
    private final Usages usages;

    public Ledger(Limits limits, Usages usages) {
        this.limits = limits;
        this.usages = usages;
    }

    /**
     * Meters work that no language model does.
     *
     * @param model that does it, or what the work is called
     * @param text what it reads, for the tokens that are set aside
     * @param tokens how many tokens it says it has read
     * @throws RefusedException where the caller's limits do not leave so much
     */
    public <T> Mono<T> metered(
            RequestContext context, String model, Stream<String> text, Mono<T> work, ToLongFunction<T> tokens) {
        long guessed = text.mapToLong(String::length).sum() / CHARACTERS_A_TOKEN + 1;
        return Mono.defer(() -> {
            Account account = open(context, model, guessed, false);
            return account.closedBy(work.doOnNext(answer -> account.add(tokens.applyAsLong(answer), 0, 0)));
        });
    }

    /**
     * Sets tokens aside for a request.
     *
     * @param mostTokens what the request can come to
     * @throws RefusedException where the caller's limits do not leave so much
     */
    public Account open(RequestContext context, String model, long mostTokens, boolean streamed) {
        return switch (limits.reserve(context.caller(), model, mostTokens)) {
            case Reservation.Granted granted -> new Account(context, model, streamed, granted, usages);
            case Reservation.Refused refused ->
                throw Refusal.of(Kind.RATE_LIMITED, refused.code(), refused.message())
                        .after(refused.retryAfter())
                        .with(refused.headers())
                        .exception();
            case Reservation.TooLarge tooLarge ->
                throw Refusal.of(Kind.INVALID, "tokens_exceed_limit", tooLarge.message())
                        .at("max_tokens")
                        .with(tooLarge.headers())
                        .exception();
        };
    }
}
