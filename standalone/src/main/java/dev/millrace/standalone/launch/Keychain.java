package dev.millrace.standalone.launch;

import dev.millrace.gateway.keys.ApiKey;
import dev.millrace.gateway.keys.KeyRegister;
import dev.millrace.gateway.keys.NewKey;
import dev.millrace.gateway.keys.Scope;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Keys, for those who may read MILLRACE_HOME. */
public final class Keychain {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final KeyRegister register;

    Keychain(KeyRegister register) {
        this.register = register;
    }

    /** The key of the first start, which is made where there is none, or where the database doesn't know it. */
    String firstKey(Home home) throws IOException, SQLException, InterruptedException {
        List<ApiKey> known = listOnceThereIsADatabase();
        Optional<String> stored = home.readKey();
        if (stored.isPresent() && isValid(stored.get(), known)) {
            return stored.get();
        }
        String made = create("first key", Scope.INFERENCE);
        Home.writeSecret(home.key(), made + "\n");
        return made;
    }

    /** The new key; nobody can read it again. */
    public String create(String name, Scope... scopes) throws SQLException {
        return register.create(NewKey.named(name, scopes)).secret().reveal();
    }

    public List<ApiKey> list() throws SQLException {
        return register.list();
    }

    /** The key's new secret, which nobody can read again. Empty where there is no such key, or it is revoked. */
    public Optional<String> rotate(String id) throws SQLException {
        return register.rotate(id).map(issued -> issued.secret().reveal());
    }

    /** Empty where there is no such key. */
    public Optional<ApiKey> revoke(String id) throws SQLException {
        return register.revoke(id);
    }

    /** The gateway makes its tables beside its own start. */
    private List<ApiKey> listOnceThereIsADatabase() throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return register.list();
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    private static boolean isValid(String key, List<ApiKey> known) {
        // 62^6 keys share the characters that are shown: the gateway would say 401 to an impostor
        return known.stream()
                .anyMatch(one -> key.startsWith(one.shown()) && one.revokedAt().isEmpty());
    }
}
