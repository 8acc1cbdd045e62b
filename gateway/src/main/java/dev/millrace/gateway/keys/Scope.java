package dev.millrace.gateway.keys;

import java.util.Locale;

/** What a key may be used for. */
public enum Scope {
    /** The models: everything below {@code /v1} and the gRPC surface. */
    INFERENCE,
    /** Keys, usage and the platform itself: everything below {@code /admin}. */
    ADMIN;

    /** The scope's name in requests and in the database, such as {@code inference}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException if no scope has that label */
    public static Scope of(String label) {
        for (Scope scope : values()) {
            if (scope.label().equals(label)) {
                return scope;
            }
        }
        throw new IllegalArgumentException("a scope is 'inference' or 'admin', was '" + label + "'");
    }
}
