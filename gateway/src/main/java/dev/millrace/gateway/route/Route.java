package dev.millrace.gateway.route;

import java.util.List;

/** What stands behind a model's name. */
public sealed interface Route {
    /** Where a request can go. */
    sealed interface Served extends Route {}

    /** Engines of ours: {@link Routes#pick} chooses among them when the prompt's ids are known. */
    record Engines(ServedModel model, List<Replica> replicas) implements Served {
        public Engines {
            replicas = List.copyOf(replicas);
        }

        /** The same without one of them. */
        public Engines without(Replica replica) {
            return new Engines(
                    model,
                    replicas.stream().filter(other -> !other.equals(replica)).toList());
        }
    }

    /** Another OpenAI-compatible server. */
    record Server(String model, Upstream upstream) implements Served {}

    /** Known, but not served yet, or no longer: it is being loaded, or it failed to load and the reason says why. */
    record NotReady(ServedModel model) implements Route {}

    record UnknownModel(String model) implements Route {}
}
