package dev.millrace.inference;

import dev.millrace.inference.models.ModelRegistry;
import dev.millrace.inference.models.ModelState;
import java.util.List;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Ready once all models are loaded or have failed to, and one at least is loaded. */
final class ModelsHealth implements HealthIndicator {
    private final ModelRegistry models;

    ModelsHealth(ModelRegistry models) {
        this.models = models;
    }

    @Override
    public Health health() {
        Map<String, ModelState> states = models.states();
        boolean loading = states.values().stream().anyMatch(ModelState.Loading.class::isInstance);
        boolean ready = states.values().stream().anyMatch(ModelState.Ready.class::isInstance);
        Health.Builder health =
                loading || states.isEmpty() ? Health.outOfService() : ready ? Health.up() : Health.down();
        states.forEach((name, state) -> health.withDetail(name, describe(state)));
        return health.build();
    }

    private static String describe(ModelState state) {
        return switch (state) {
            case ModelState.Loading() -> "loading";
            case ModelState.Ready ready -> "ready";
            case ModelState.Adapted adapted -> "ready, an adapter";
            case ModelState.Failed(String reason) -> "failed: " + reason;
            case ModelState.Unknown(List<String> known) -> "unknown";
        };
    }
}
