package dev.millrace.gateway.keys;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The administrator's key that operators set where they start a gateway: with it the first keys of a new platform are made.
 * It enters the database as soon as that answers, and another one in its place takes it back.
 */
public final class AdminKey implements AutoCloseable {
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Logger log = LoggerFactory.getLogger(AdminKey.class);

    private final KeyRegister register;
    private final Optional<Secret> secret;
    private final Thread adoption =
            Thread.ofPlatform().daemon().name("admin-key").unstarted(this::run);

    /** @param secret empty where the operator sets none (any more) */
    public AdminKey(KeyRegister register, Optional<Secret> secret) {
        this.register = register;
        this.secret = secret;
    }

    public void start() {
        adoption.start();
    }

    private void run() {
        try {
            while (!adopt()) {
                Thread.sleep(RETRY);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean adopt() {
        try {
            register.adopt(secret).flatMap(ApiKey::revokedAt).ifPresent(when -> {
                log.warn("the key in MILLRACE_ADMIN_KEY was revoked at {}, and stays so: set another one", when);
            });
            return true;
        } catch (SQLException away) {
            log.debug("the administrator's key waits for the database", away);
            return false;
        }
    }

    @Override
    public void close() {
        adoption.interrupt();
    }
}
