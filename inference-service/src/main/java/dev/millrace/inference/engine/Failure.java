package dev.millrace.inference.engine;

/**
 * Why a request that was accepted ended without a result.
 *
 * @param message for the one who asked
 */
public record Failure(Kind kind, String message) {
    /** What is to be done about it. */
    public enum Kind {
        /** The client did not read what it asked for. */
        SLOW_CLIENT,
        /** Something is wrong here. */
        INTERNAL,
        /** The service ends. */
        STOPPED
    }
}
