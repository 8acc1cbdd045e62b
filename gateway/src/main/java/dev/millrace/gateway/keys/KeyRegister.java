package dev.millrace.gateway.keys;

import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Makes, lists and revokes keys. Needs the database: its methods block, and throw {@link SQLException} without it. */
public final class KeyRegister {
    private static final int ID_BYTES = 10;
    static final String ADOPTED = "key_admin_";

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
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        wish.expiresAt().filter(end -> !end.isAfter(now)).ifPresent(end -> {
            throw new IllegalArgumentException("expires_at must be in the future, was " + end + ", and it is " + now);
        });
        Secret secret = Secret.draw(random);
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        ApiKey key = key("key_" + HexFormat.of().formatHex(id), secret, wish, now);
        table.insert(key, secret.hash());
        return new Issued(key, secret);
    }

    /**
     * Makes this secret a key with every scope, unless it is one already, and takes back the one that was adopted before.
     * Returns the adopted key: a revoked one if it was taken back by hand.
     */
    Optional<ApiKey> adopt(Optional<Secret> secret) throws SQLException {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Optional<String> id =
                secret.map(adopted -> ADOPTED + adopted.hash().hex().substring(0, 2 * ID_BYTES));
        for (ApiKey key : table.all()) {
            if (key.id().startsWith(ADOPTED) && key.revokedAt().isEmpty() && !id.equals(Optional.of(key.id()))) {
                table.revoke(key.id(), now);
            }
        }
        if (secret.isEmpty()) {
            return Optional.empty();
        }
        NewKey wish = NewKey.named("MILLRACE_ADMIN_KEY", Scope.values());
        table.insertIfAbsent(
                key(id.orElseThrow(), secret.get(), wish, now), secret.get().hash());
        return table.find(secret.get().hash());
    }

    private static ApiKey key(String id, Secret secret, NewKey wish, Instant now) {
        return new ApiKey(
                id,
                wish.name().strip(),
                secret.shown(),
                wish.scopes(),
                wish.models(),
                wish.limits(),
                now,
                wish.expiresAt().map(end -> end.truncatedTo(ChronoUnit.MICROS)),
                Optional.empty(),
                Optional.empty());
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
     * Gives a key another secret. Its id stays, and with it all that is the key's: files, jobs, vector stores, answers, usage
     * and limits. Every gateway refuses the old secret within milliseconds, or as soon as it can reach the database again.
     *
     * @return empty where there is no such key, or it is revoked
     * @throws IllegalArgumentException for the key of MILLRACE_ADMIN_KEY, whose secret that alone decides
     */
    public Optional<Issued> rotate(String id) throws SQLException {
        if (id.startsWith(ADOPTED)) {
            throw new IllegalArgumentException(
                    "the key \"" + id + "\" is that of MILLRACE_ADMIN_KEY: start the gateway with another one there");
        }
        Secret secret = Secret.draw(random);
        return table.rotate(id, secret.shown(), secret.hash()).map(key -> new Issued(key, secret));
    }

    /**
     * Takes a key back, for good. Every gateway refuses it within milliseconds, or as soon as it can reach the database
     * again. Empty where there is no such key.
     */
    public Optional<ApiKey> revoke(String id) throws SQLException {
        return table.revoke(id, clock.instant().truncatedTo(ChronoUnit.MICROS));
    }
}
