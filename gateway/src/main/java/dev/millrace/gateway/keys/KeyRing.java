package dev.millrace.gateway.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Says whose key a caller showed, from memory where it can.
 *
 * <p>{@link KeyChanges} keeps what is in memory true: a changed key is forgotten as soon as the database tells of it,
 * and all are read again every half minute. While the database is away a key that is in memory stays good for
 * {@link #STALE}, so that chat goes on.
 */
public final class KeyRing implements Keys {
    static final Duration STALE = Duration.ofHours(1);

    /** How long a look-up that found nothing is remembered. */
    static final Duration NOTHING_FOUND = Duration.ofSeconds(30);

    /** Look-ups that may use the database at the same time: a flood of wrong keys must not take all its connections. */
    private static final int PARALLEL_LOOKUPS = 4;

    private static final long LOOKUP_WAIT_MILLIS = 2_000;
    private static final int MOST_KEYS = 100_000;

    private final KeyTable table;
    private final InstantSource clock;
    private final Preparation preparation;
    private final Cache<Secret.Hash, Entry> entries = Caffeine.newBuilder()
            .maximumSize(MOST_KEYS)
            .expireAfterAccess(STALE)
            .build();
    private final Semaphore lookups = new Semaphore(PARALLEL_LOOKUPS);
    private final AtomicLong changes = new AtomicLong();

    /** What the database said of a hash, and when. */
    private record Entry(Optional<ApiKey> key, Instant readAt) {
        boolean holdsAt(Instant now) {
            return readAt.plus(key.isPresent() ? STALE : NOTHING_FOUND).isAfter(now);
        }
    }

    /** Gets ready what else is needed of the database for a caller, while it is being asked anyway. */
    public interface Preparation {
        void prepare(Caller caller) throws SQLException;
    }

    public KeyRing(KeyTable table, InstantSource clock, Preparation preparation) {
        this.table = table;
        this.clock = clock;
        this.preparation = preparation;
    }

    @Override
    public Mono<Authentication> authenticate(String key) {
        return fromMemory(key)
                .map(Mono::just)
                .orElseGet(() -> Mono.fromCallable(() -> identify(key)).subscribeOn(Schedulers.boundedElastic()));
    }

    private Optional<Authentication> fromMemory(String presented) {
        Optional<Secret> secret = Secret.parse(presented);
        if (secret.isEmpty()) {
            return Optional.of(new Authentication.Unknown());
        }
        Instant now = clock.instant();
        @Nullable Entry entry = entries.getIfPresent(secret.get().hash());
        return entry != null && entry.holdsAt(now) ? Optional.of(judge(entry, now)) : Optional.empty();
    }

    /** Answers from memory or from the database; may block for some seconds. */
    Authentication identify(String presented) {
        Optional<Authentication> known = fromMemory(presented);
        if (known.isPresent()) {
            return known.get();
        }
        Secret.Hash hash = Secret.parse(presented).orElseThrow().hash();
        try {
            if (!lookups.tryAcquire(LOOKUP_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
                return new Authentication.Unavailable("too many keys are being looked up");
            }
            try {
                return read(hash);
            } finally {
                lookups.release();
            }
        } catch (SQLException away) {
            return new Authentication.Unavailable("the key store does not answer");
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return new Authentication.Unavailable("the look-up was interrupted");
        }
    }

    private Authentication read(Secret.Hash hash) throws SQLException {
        long before = changes.get();
        Entry entry = new Entry(table.find(hash), clock.instant());
        if (entry.key().isPresent()) {
            preparation.prepare(entry.key().get().caller());
        }
        entries.put(hash, entry);
        if (changes.get() != before) {
            // a change came while we read, and may have been this key's: what we hold may be older
            entries.invalidate(hash);
        }
        return judge(entry, entry.readAt());
    }

    private static Authentication judge(Entry entry, Instant now) {
        if (entry.key().isEmpty()) {
            return new Authentication.Unknown();
        }
        ApiKey key = entry.key().get();
        if (key.revokedAt().isPresent()) {
            return new Authentication.Revoked(key.revokedAt().get());
        }
        if (key.expiresAt().filter(end -> !end.isAfter(now)).isPresent()) {
            return new Authentication.Expired(key.expiresAt().get());
        }
        return new Authentication.Authenticated(key.caller());
    }

    /** Something about a key changed: the next request with it reads it again. */
    void forget(Secret.Hash hash) {
        changes.incrementAndGet();
        entries.invalidate(hash);
    }

    /** Reads every key in memory again, for changes may have been missed. */
    void reload() throws SQLException {
        Map<Secret.Hash, Entry> before = new HashMap<>(entries.asMap());
        Instant now = clock.instant();
        Map<Secret.Hash, ApiKey> keys = table.find(before.keySet());
        before.forEach((hash, old) -> {
            // only where nobody has forgotten or read it meanwhile: theirs is newer than ours
            entries.asMap().replace(hash, old, new Entry(Optional.ofNullable(keys.get(hash)), now));
        });
    }
}
