package dev.millrace.gateway.keys;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of a key; the key itself is not.
 *
 * @param id         names it in lists, usage and logs, such as {@code key_4fQ...}
 * @param shown      its first characters
 * @param models     which models it may use; empty for all
 * @param lastUsedAt when a request of it last began, as far as usage has arrived
 */
public record ApiKey(
        String id,
        String name,
        String shown,
        Set<Scope> scopes,
        List<ModelPattern> models,
        KeyLimits limits,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<Instant> revokedAt,
        Optional<Instant> lastUsedAt) {

    public ApiKey {
        scopes = Set.copyOf(scopes);
        models = List.copyOf(models);
    }

    /** Who comes with it. */
    public Caller caller() {
        return new Caller(id, name, scopes, models, limits);
    }
}
