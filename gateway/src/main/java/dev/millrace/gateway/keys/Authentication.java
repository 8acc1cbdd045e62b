package dev.millrace.gateway.keys;

import java.time.Instant;

/** What a presented key turned out to be. */
public sealed interface Authentication {
    /** A key in force. */
    record Authenticated(Caller caller) implements Authentication {}

    /** No key of ours: another shape, a typing error, or deleted. */
    record Unknown() implements Authentication {}

    /** Taken back. */
    record Revoked(Instant at) implements Authentication {}

    /** Past its end. */
    record Expired(Instant at) implements Authentication {}

    /** The key is not in memory and its store does not answer: the caller may be right, so he shall try again. */
    record Unavailable(String reason) implements Authentication {}
}
