package dev.millrace.gateway.generation;

import dev.millrace.gateway.limit.Reservation;
import dev.millrace.gateway.request.Refusal;
import dev.millrace.gateway.request.RefusedException;
import dev.millrace.gateway.request.RequestContext;
import dev.millrace.gateway.usage.RequestUsage;
import dev.millrace.gateway.usage.Usages;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What one request has used so far; closed once, in whatever way its work ends, before the client learns of it. */
public final class Account {
    private final RequestContext context;
    private final String model;
    private final boolean streamed;
    private final Reservation.Granted reservation;
    private final Usages usages;
    private long promptTokens;
    private long completionTokens;
    private long cachedTokens;
    private boolean closed;

    Account(RequestContext context, String model, boolean streamed, Reservation.Granted reservation, Usages usages) {
        this.context = context;
        this.model = model;
        this.streamed = streamed;
        this.reservation = reservation;
        this.usages = usages;
    }

    /** Response headers that tell the client where its limits stand. */
    public Map<String, String> headers() {
        return reservation.headers();
    }

    /** Tokens were computed, or taken from the cache, for this request. */
    public synchronized void add(long prompt, long completion, long cached) {
        promptTokens += prompt;
        completionTokens += completion;
        cachedTokens += cached;
    }

    /**
     * The same stream; its end closes this account. Nothing may wait between the work and here: what a client doesn't read
     * would keep its tokens set aside.
     */
    public <T> Flux<T> closedBy(Flux<T> stream) {
        return stream.doOnComplete(() -> close(200))
                .doOnError(failure -> close(status(failure)))
                .doOnCancel(() -> close(Refusal.Kind.CLIENT_GONE.status()));
    }

    /** The same value; its coming closes this account. */
    public <T> Mono<T> closedBy(Mono<T> value) {
        return value.doOnSuccess(_ -> close(200))
                .doOnError(failure -> close(status(failure)))
                .doOnCancel(() -> close(Refusal.Kind.CLIENT_GONE.status()));
    }

    private static int status(Throwable failure) {
        return failure instanceof RefusedException refused
                ? refused.refusal().kind().status()
                : Refusal.Kind.BROKEN.status();
    }

    /** Settles and takes note; only the first call does something. */
    public synchronized void close(int status) {
        if (closed) {
            return;
        }
        closed = true;
        reservation.settle(promptTokens + completionTokens);
        usages.record(new RequestUsage(
                context.id(),
                context.caller().keyId(),
                model,
                context.endpoint(),
                promptTokens,
                completionTokens,
                cachedTokens,
                status,
                context.startedAt(),
                Duration.between(context.startedAt(), Instant.now()),
                streamed));
    }
}
