package dev.millrace.gateway.limit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * A token bucket that holds what may be used within a minute and fills evenly. Exact: it counts in millionths of a
 * sixtieth, so that a microsecond fills it by {@code perMinute} of them. Not safe for threads by itself.
 */
final class Bucket {
    private static final long UNITS = 60_000_000;

    private final long perMinute;
    private final InstantSource clock;
    private long units;
    private Instant filledAt;

    Bucket(long perMinute, InstantSource clock) {
        this.perMinute = perMinute;
        this.clock = clock;
        this.units = full();
        this.filledAt = clock.instant();
    }

    long perMinute() {
        return perMinute;
    }

    /** What may be used now; 0 where more was used than set aside. */
    long left() {
        fill();
        return Math.max(0, Math.floorDiv(units, UNITS));
    }

    /** How long until {@code amount} may be used, if nobody else uses any; zero where it may be used now. */
    Duration until(long amount) {
        fill();
        long missing = amount * UNITS - units;
        return missing <= 0 ? Duration.ZERO : Duration.of(Math.ceilDiv(missing, perMinute), ChronoUnit.MICROS);
    }

    /** How long until it is full again. */
    Duration untilFull() {
        return until(perMinute);
    }

    /** Takes {@code amount}, below zero too: what was used must be paid, but never more than a minute's worth. */
    void take(long amount) {
        fill();
        units = Math.max(-full(), units - Math.min(amount, 2 * perMinute) * UNITS);
    }

    void giveBack(long amount) {
        fill();
        units = Math.min(full(), units + Math.min(amount, 2 * perMinute) * UNITS);
    }

    private long full() {
        return perMinute * UNITS;
    }

    private void fill() {
        Instant now = clock.instant();
        long micros = Math.min(2 * UNITS, filledAt.until(now, ChronoUnit.MICROS));
        // a clock that was set back fills nothing, and starts again from there
        if (micros > 0) {
            units = Math.min(full(), units + micros * perMinute);
            // what is less than a microsecond is left for the next time
            filledAt = micros == 2 * UNITS ? now : filledAt.plus(micros, ChronoUnit.MICROS);
        } else if (now.isBefore(filledAt)) {
            filledAt = now;
        }
    }
}
