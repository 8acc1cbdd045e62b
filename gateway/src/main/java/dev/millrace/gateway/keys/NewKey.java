package dev.millrace.gateway.keys;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A wish for a key.
 *
 * @param models which models it may use; empty for all
 */
public record NewKey(
        String name, Set<Scope> scopes, List<ModelPattern> models, KeyLimits limits, Optional<Instant> expiresAt) {
    private static final int LONGEST_NAME = 100;

    public NewKey {
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException("a key's name has 1 to " + LONGEST_NAME + " characters, this one has "
                    + name.strip().length());
        }
        if (scopes.isEmpty()) {
            throw new IllegalArgumentException("a key needs a scope: 'inference', 'admin' or both");
        }
        scopes = Set.copyOf(scopes);
        models = List.copyOf(models);
    }

    /** For the models, without limits and end. */
    public static NewKey named(String name, Scope... scopes) {
        return new NewKey(name, Set.of(scopes), List.of(), KeyLimits.NONE, Optional.empty());
    }
}
