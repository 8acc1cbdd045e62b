package dev.millrace.gateway.keys;

import java.util.Set;

/**
 * Whose key came with a request.
 *
 * @param keyId the key's public id, never the key itself
 * @param name what its owner calls it
 * @param scopes what it may do: {@link #INFERENCE}, {@link #ADMIN}
 * @param models which models it may use, by name
 */
public record Caller(String keyId, String name, Set<String> scopes, Models models) {
    public static final String INFERENCE = "inference";
    public static final String ADMIN = "admin";

    public Caller {
        scopes = Set.copyOf(scopes);
    }

    public boolean may(String scope) {
        return scopes.contains(scope);
    }

    public boolean mayUse(String model) {
        return switch (models) {
            case Models.All _ -> true;
            case Models.Only only -> only.names().contains(model);
        };
    }

    /** The models that a key opens. */
    public sealed interface Models {
        /** Every model, those of tomorrow too. */
        record All() implements Models {}

        record Only(Set<String> names) implements Models {
            public Only {
                names = Set.copyOf(names);
            }
        }
    }
}
