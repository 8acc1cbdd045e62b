package dev.millrace.tokenizer;

import dev.millrace.tokenizer.models.ModelState;
import dev.millrace.tokenizer.models.Models;
import java.util.Collection;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Out of service while a model is being loaded, and down if none could be: one that can't be read keeps no other away. */
final class ModelsHealth implements HealthIndicator {
    private final Models models;

    ModelsHealth(Models models) {
        this.models = models;
    }

    @Override
    public Health health() {
        Collection<ModelState> states = models.states().values();
        Health.Builder health = new Health.Builder();
        if (states.stream().anyMatch(ModelState.Loading.class::isInstance)) {
            health.outOfService();
        } else if (!states.isEmpty() && states.stream().allMatch(ModelState.Failed.class::isInstance)) {
            health.down();
        } else {
            health.up();
        }
        models.states().forEach((name, state) -> health.withDetail(name, words(state)));
        return health.build();
    }

    private static String words(ModelState state) {
        return switch (state) {
            case ModelState.Loading() -> "loading";
            case ModelState.Ready ready -> "ready";
            case ModelState.Failed failed -> failed.reason();
        };
    }
}
