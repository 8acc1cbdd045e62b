package dev.millrace.gateway.limit;

import dev.millrace.gateway.keys.Caller;
import dev.millrace.gateway.usage.MonthlyUse;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Limits that are paid before they are used.
 *
 * <p>The limits per minute and of parallel requests are kept by each gateway for itself: a key may use them once per
 * gateway. The monthly budget holds for all gateways together, as far as usage has arrived in the database; what other
 * gateways have set aside at this moment is not seen. Where the database has not answered since a key first came, its
 * budget begins with what this gateway has seen.
 */
public final class PrepaidLimits implements Limits {
    private final InstantSource clock;
    private final MonthlyUse monthlyUse;
    private final Map<String, Meter> meters = new ConcurrentHashMap<>();

    public PrepaidLimits(InstantSource clock, MonthlyUse monthlyUse) {
        this.clock = clock;
        this.monthlyUse = monthlyUse;
    }

    @Override
    public Reservation reserve(Caller caller, String model, long tokens) {
        if (tokens < 0) {
            throw new IllegalArgumentException("a request can't come to " + tokens + " tokens");
        }
        return meter(caller).reserve(tokens);
    }

    /**
     * Reads what a key has used of its month, so that its first request is held to its budget. Blocks; to be called when
     * the key is read from the same database.
     */
    public void prepare(Caller caller) throws SQLException {
        if (caller.limits().tokensPerMonth().isPresent()) {
            refresh(Map.of(caller.keyId(), meter(caller)));
        }
    }

    /** The record of a request with these tokens is on its way to the database. */
    public void told(String keyId, String requestId, long usedTokens) {
        Meter meter = meters.get(keyId);
        if (meter != null) {
            meter.told(requestId, usedTokens);
        }
    }

    /** Reads what all keys have used of their months. Blocks; to be called every few seconds. */
    public void refresh() throws SQLException {
        Map<String, Meter> budgeted = new HashMap<>(meters);
        budgeted.values().removeIf(meter -> !meter.hasBudget());
        refresh(budgeted);
    }

    private void refresh(Map<String, Meter> budgeted) throws SQLException {
        if (budgeted.isEmpty()) {
            return;
        }
        YearMonth month = Budget.month(clock.instant());
        Map<String, Set<String>> underway = new HashMap<>();
        budgeted.forEach((keyId, meter) -> underway.put(keyId, meter.underway()));
        Map<String, MonthlyUse.Stored> read = monthlyUse.read(month, underway);
        read.forEach((keyId, stored) -> {
            Meter meter = budgeted.get(keyId);
            if (meter != null) {
                meter.stored(month, stored.tokens(), stored.arrived());
            }
        });
    }

    private Meter meter(Caller caller) {
        Meter known = meters.get(caller.keyId());
        if (known != null && known.limits().equals(caller.limits())) {
            return known;
        }
        return meters.compute(
                caller.keyId(),
                (_, present) -> present != null && present.limits().equals(caller.limits())
                        ? present
                        : new Meter(caller.limits(), clock));
    }
}
