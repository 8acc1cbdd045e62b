package dev.millrace.gateway.keys;

import java.util.List;
import java.util.Set;

/**
 * Whose key came with a request, and what it opens.
 *
 * @param keyId  the key's public id, never the key itself
 * @param name   what its owner calls it
 * @param models which models it may use; empty for all, those of tomorrow too
 */
public record Caller(String keyId, String name, Set<Scope> scopes, List<ModelPattern> models, KeyLimits limits) {
    private static final String ADMINISTRATOR = "key_admin";

    public Caller {
        scopes = Set.copyOf(scopes);
        models = List.copyOf(models);
    }

    /**
     * Whose files, jobs and stored answers the caller sees: those that came with the same key, whatever its secret was then.
     * The administrator's key of the environment is one, however often it is set anew.
     */
    public String tenant() {
        return keyId.startsWith(KeyRegister.ADOPTED) ? ADMINISTRATOR : keyId;
    }

    public boolean may(Scope scope) {
        return scopes.contains(scope);
    }

    public boolean mayUse(String model) {
        if (models.isEmpty()) {
            return true;
        }
        for (ModelPattern pattern : models) {
            if (pattern.matches(model)) {
                return true;
            }
        }
        return false;
    }
}
