package dev.millrace.gateway.keys;

import java.time.Instant;

/** What a presented key turned out to be. */
public sealed interface Authentication {
    record Authenticated(Caller caller) implements Authentication {}

    /** No such key. */
    record Unknown() implements Authentication {}

    record Revoked(Instant at) implements Authentication {}

    record Expired(Instant at) implements Authentication {}
}
