package dev.millrace.gateway.generation;

import dev.millrace.gateway.limit.Limits;
import dev.millrace.gateway.limit.Reservation;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.Refusal.Kind;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.usage.Usages;

/** Opens an account for each request that is let in. */
public final class Ledger {
    private final Limits limits;
    private final Usages usages;

    public Ledger(Limits limits, Usages usages) {
        this.limits = limits;
        this.usages = usages;
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
