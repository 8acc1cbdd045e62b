package dev.millrace.gateway.limit;

import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a key has used of its month: what the database says, what it can't know yet, and what is set aside. Not safe for
 * threads by itself.
 */
final class Budget {
    private final long perMonth;
    private YearMonth month;
    private long stored;
    private long setAside;
    /** Used by requests that have ended, but whose record has not been told of. */
    private long untold;

    /** Told of, but not found in the database when it was last read. */
    private final Map<String, Long> underway = new HashMap<>();

    private long underwayTokens;

    Budget(long perMonth, Instant now) {
        this.perMonth = perMonth;
        this.month = month(now);
    }

    long perMonth() {
        return perMonth;
    }

    long left(Instant now) {
        turn(now);
        return Math.max(0, perMonth - stored - underwayTokens - untold - setAside);
    }

    Duration untilNextMonth(Instant now) {
        return Duration.between(now, month(now).plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC));
    }

    void setAside(long tokens) {
        setAside += tokens;
    }

    void settle(long tokensSetAside, long usedTokens, Instant now) {
        turn(now);
        setAside -= tokensSetAside;
        untold += usedTokens;
    }

    /** A request's record is on its way to the database. */
    void told(String requestId, long tokens, Instant now) {
        turn(now);
        untold -= tokens;
        underway.put(requestId, tokens);
        underwayTokens += tokens;
    }

    Set<String> underway() {
        return Set.copyOf(underway.keySet());
    }

    /** The database knows {@code tokens} of the month, and among them those of the requests {@code arrived}. */
    void stored(YearMonth readMonth, long tokens, Set<String> arrived, Instant now) {
        turn(now);
        for (String requestId : arrived) {
            Long counted = underway.remove(requestId);
            underwayTokens -= counted == null ? 0 : counted;
        }
        if (readMonth.equals(month)) {
            stored = tokens;
        }
    }

    private void turn(Instant now) {
        if (!month(now).equals(month)) {
            month = month(now);
            stored = 0;
            untold = 0;
            underwayTokens = 0;
            underway.clear();
        }
    }

    static YearMonth month(Instant now) {
        return YearMonth.from(now.atOffset(ZoneOffset.UTC));
    }
}
