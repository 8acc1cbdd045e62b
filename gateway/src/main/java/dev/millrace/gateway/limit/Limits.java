package dev.millrace.gateway.limit;

import dev.millrace.gateway.keys.Caller;

/** What each caller may use. */
public interface Limits {
    /**
     * Sets a request's tokens aside before any is computed. Never blocks.
     *
     * @param tokens the most that the request can use: its prompt, and for each choice the most that may be generated
     */
    Reservation reserve(Caller caller, String model, long tokens);
}
