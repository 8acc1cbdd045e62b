package dev.millrace.gateway.limit;

import dev.millrace.gateway.keys.KeyLimits;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** What one key has used and set aside. All of a request's limits are checked and taken in one step. */
final class Meter {
    /** Nobody knows when another request ends; clients ask again after this. */
    private static final Duration PARALLEL_RETRY = Duration.ofSeconds(1);

    private final KeyLimits limits;
    private final InstantSource clock;
    private final Optional<Bucket> requests;
    private final Optional<Bucket> tokens;
    private final Optional<Budget> budget;
    private int running;

    Meter(KeyLimits limits, InstantSource clock) {
        this.limits = limits;
        this.clock = clock;
        this.requests = limits.requestsPerMinute().stream()
                .mapToObj(perMinute -> new Bucket(perMinute, clock))
                .findAny();
        this.tokens = limits.tokensPerMinute().stream()
                .mapToObj(perMinute -> new Bucket(perMinute, clock))
                .findAny();
        this.budget = limits.tokensPerMonth().stream()
                .mapToObj(perMonth -> new Budget(perMonth, clock.instant()))
                .findAny();
    }

    KeyLimits limits() {
        return limits;
    }

    boolean hasBudget() {
        return budget.isPresent();
    }

    synchronized Reservation reserve(long wanted) {
        Optional<Reservation> refused = tooLarge(wanted)
                .or(() -> overBudget(wanted))
                .or(this::tooManyParallel)
                .or(() -> tooSoon(wanted));
        if (refused.isPresent()) {
            return refused.get();
        }
        running++;
        requests.ifPresent(bucket -> bucket.take(1));
        tokens.ifPresent(bucket -> bucket.take(wanted));
        budget.ifPresent(month -> month.setAside(wanted));
        return new Taken(wanted, headers());
    }

    private Optional<Reservation> tooLarge(long wanted) {
        if (tokens.isPresent() && wanted > tokens.get().perMinute()) {
            return Optional.of(new Reservation.TooLarge(
                    "the request may come to " + wanted + " tokens (its prompt and max_tokens), and the key's limit is "
                            + tokens.get().perMinute() + " tokens a minute: ask for fewer",
                    headers()));
        }
        if (budget.isPresent() && wanted > budget.get().perMonth()) {
            return Optional.of(new Reservation.TooLarge(
                    "the request may come to " + wanted
                            + " tokens (its prompt and max_tokens), and the key's budget is "
                            + budget.get().perMonth() + " tokens a month: ask for fewer",
                    headers()));
        }
        return Optional.empty();
    }

    private Optional<Reservation> overBudget(long wanted) {
        Instant now = clock.instant();
        return budget.filter(month -> month.left(now) < wanted)
                .map(month -> new Reservation.Refused(
                        "the key has " + month.left(now) + " of its " + month.perMonth()
                                + " tokens left this month (UTC), and the request may come to " + wanted
                                + ": ask for fewer, or wait for the next month",
                        "insufficient_quota",
                        month.untilNextMonth(now),
                        headers()));
    }

    private Optional<Reservation> tooManyParallel() {
        if (limits.parallelRequests().isPresent()
                && running >= limits.parallelRequests().getAsInt()) {
            return Optional.of(new Reservation.Refused(
                    running + " requests of the key are running, and its limit is "
                            + limits.parallelRequests().getAsInt() + " at the same time: wait until one has ended",
                    "rate_limit_exceeded",
                    PARALLEL_RETRY,
                    headers()));
        }
        return Optional.empty();
    }

    private Optional<Reservation> tooSoon(long wanted) {
        Duration forRequest = requests.map(bucket -> bucket.until(1)).orElse(Duration.ZERO);
        Duration forTokens = tokens.map(bucket -> bucket.until(wanted)).orElse(Duration.ZERO);
        if (forRequest.isZero() && forTokens.isZero()) {
            return Optional.empty();
        }
        boolean tokensFirst = forTokens.compareTo(forRequest) > 0;
        Duration wait = tokensFirst ? forTokens : forRequest;
        String message = tokensFirst
                ? "the key's limit is " + limits.tokensPerMinute().orElseThrow() + " tokens a minute, "
                        + tokens.orElseThrow().left() + " are left now, and the request may come to " + wanted
                : "the key's limit is " + limits.requestsPerMinute().orElseThrow() + " requests a minute";
        return Optional.of(new Reservation.Refused(
                message + ": try again in " + GoDuration.text(wait), "rate_limit_exceeded", wait, headers()));
    }

    /** As OpenAI writes them; only those of limits that the key has. */
    private Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        requests.ifPresent(bucket -> describe("requests", bucket, headers));
        tokens.ifPresent(bucket -> describe("tokens", bucket, headers));
        return headers;
    }

    private static void describe(String what, Bucket bucket, Map<String, String> headers) {
        headers.put("x-ratelimit-limit-" + what, Long.toString(bucket.perMinute()));
        headers.put("x-ratelimit-remaining-" + what, Long.toString(bucket.left()));
        headers.put("x-ratelimit-reset-" + what, GoDuration.text(bucket.untilFull()));
    }

    synchronized void told(String requestId, long usedTokens) {
        budget.ifPresent(month -> month.told(requestId, usedTokens, clock.instant()));
    }

    synchronized Set<String> underway() {
        return budget.map(Budget::underway).orElseGet(Set::of);
    }

    synchronized void stored(YearMonth month, long usedTokens, Set<String> arrived) {
        budget.ifPresent(current -> current.stored(month, usedTokens, arrived, clock.instant()));
    }

    private synchronized void settle(long setAside, long used) {
        running--;
        if (used <= setAside) {
            tokens.ifPresent(bucket -> bucket.giveBack(setAside - used));
        } else {
            tokens.ifPresent(bucket -> bucket.take(used - setAside));
        }
        budget.ifPresent(month -> month.settle(setAside, used, clock.instant()));
    }

    private final class Taken implements Reservation.Granted {
        private final long setAside;
        private final Map<String, String> headers;
        private final AtomicBoolean settled = new AtomicBoolean();

        Taken(long setAside, Map<String, String> headers) {
            this.setAside = setAside;
            this.headers = headers;
        }

        @Override
        public Map<String, String> headers() {
            return headers;
        }

        @Override
        public void settle(long usedTokens) {
            if (settled.compareAndSet(false, true)) {
                Meter.this.settle(setAside, usedTokens);
            }
        }
    }
}
