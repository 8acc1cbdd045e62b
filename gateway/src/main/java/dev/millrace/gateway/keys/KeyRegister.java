package dev.millrace.gateway.keys;

import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Makes, lists and revokes keys. Needs the database: its methods block, and throw {@link SQLException} without it. */
public final class KeyRegister {
    private final KeyTable table;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    public KeyRegister(KeyTable table, InstantSource clock) {
        this.table = table;
        this.clock = clock;
    }

    /** A key just made: the only time that its secret can be read. */
    public record Issued(ApiKey key, Secret secret) {}

    /**
     * Makes a key.
     *
     * @throws IllegalArgumentException if its end is not in the future
     */
    public Issued create(NewKey wish) throws SQLException {
        // PostgreSQL keeps microseconds: what is answered now is what a later list says
        var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        wish.expiresAt().filter(end -> !end.isAfter(now)).ifPresent(end -> {
            throw new IllegalArgumentException("expires_at must be in the future, was " + end + ", and it is " + now);
        });
        Secret secret = Secret.draw(random);
        byte[] id = new byte[10];
        random.nextBytes(id);
        ApiKey key = new ApiKey(
                "key_" + HexFormat.of().formatHex(id),
                wish.name().strip(),
                secret.shown(),
                wish.scopes(),
                wish.models(),
                wish.limits(),
                now,
                wish.expiresAt().map(end -> end.truncatedTo(ChronoUnit.MICROS)),
                Optional.empty(),
                Optional.empty());
        table.insert(key, secret.hash());
        return new Issued(key, secret);
    }

    /** All keys, revoked and expired ones too, the newest first. */
    public List<ApiKey> list() throws SQLException {
        return table.all();
    }

    /** Empty where there is no such key. */
    public Optional<ApiKey> find(String id) throws SQLException {
        return table.find(id);
    }

    /**
     * Takes a key back, for good. Every gateway refuses it within milliseconds, or as soon as it can reach the database
     * again. Empty where there is no such key.
     */
    public Optional<ApiKey> revoke(String id) throws SQLException {
        return table.revoke(id, clock.instant().truncatedTo(ChronoUnit.MICROS));
    }
}
