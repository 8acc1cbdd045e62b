package dev.millrace.inference.engine;

import java.time.Duration;

/**
 * How much an engine takes on.
 *
 * @param stepTokens the most tokens that one step computes
 * @param maxRunning the most sequences that run at once
 * @param maxWaiting the most requests that wait; those beyond are refused
 * @param outboxEvents the most events that wait for a slow client; one more ends its request
 * @param grace how long running requests may go on when the engine is closed
 * @param checked whether the cache's invariants are checked after every step: slow, for tests and for finding bugs
 * @param speculation how several tokens of an answer may come from one step
 */
public record EngineOptions(
        int stepTokens,
        int maxRunning,
        int maxWaiting,
        int outboxEvents,
        Duration grace,
        boolean checked,
        Speculation speculation) {
    public EngineOptions {
        if (maxRunning < 1 || stepTokens < maxRunning) {
            throw new IllegalArgumentException("step-tokens must be at least max-running, and that at least 1; were "
                    + stepTokens + " and " + maxRunning);
        }
        if (maxWaiting < 1) {
            throw new IllegalArgumentException("max-waiting must be 1 or more, was " + maxWaiting);
        }
        if (outboxEvents < 1) {
            throw new IllegalArgumentException("outbox-events must be 1 or more, was " + outboxEvents);
        }
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace must not be negative, was " + grace);
        }
    }

    /** With prompt lookup. */
    public EngineOptions(
            int stepTokens, int maxRunning, int maxWaiting, int outboxEvents, Duration grace, boolean checked) {
        this(stepTokens, maxRunning, maxWaiting, outboxEvents, grace, checked, Speculation.LOOKUP);
    }

    /** What suits a machine with a few cores. */
    public static EngineOptions defaults() {
        return new EngineOptions(256, 64, 512, 4096, Duration.ofSeconds(4), false);
    }
}
