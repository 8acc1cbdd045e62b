package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.torch.Scope;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam with decoupled weight decay, step for step as {@code torch.optim.AdamW} computes it.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Decoupled weight decay regularization, algorithm 2</a>
 */
public final class AdamW implements Optimizer {
    private final Settings settings;
    private final Map<String, Moments> moments = new LinkedHashMap<>();

    private record Moments(NDArray parameter, NDArray first, NDArray second) {}

    /** @param decay of the weights, by step and learning rate */
    public record Settings(double beta1, double beta2, double epsilon, double decay) {
        /** torch's, and no decay. */
        public static final Settings USUAL = new Settings(0.9, 0.999, 1e-8, 0);

        public Settings {
            if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
                throw new IllegalArgumentException("betas must be 0 or more and below 1, were " + beta1 + ", " + beta2);
            }
            if (!(epsilon > 0)) {
                throw new IllegalArgumentException("epsilon must be above 0, was " + epsilon);
            }
            if (!(decay >= 0)) {
                throw new IllegalArgumentException("weight decay must be 0 or more, was " + decay);
            }
        }
    }

    /** @param manager owns its state */
    public AdamW(Settings settings, Map<String, NDArray> parameters, NDManager manager) {
        this.settings = settings;
        parameters.forEach((name, parameter) -> moments.put(
                name,
                new Moments(
                        parameter,
                        manager.zeros(parameter.getShape(), parameter.getDataType()),
                        manager.zeros(parameter.getShape(), parameter.getDataType()))));
    }

    @Override
    public void update(Scope scope, double learningRate, long step) {
        NDArray numbers = scope.manager().create(new double[] {
            learningRate,
            settings.beta1,
            settings.beta2,
            settings.epsilon,
            settings.decay,
            1 - Math.pow(settings.beta1, (double) step),
            1 - Math.pow(settings.beta2, (double) step)
        });
        for (Moments each : moments.values()) {
            try (NDArray gradient = each.parameter.getGradient()) {
                scope.call("adamw_", each.parameter, gradient, each.first, each.second, numbers);
            }
        }
    }

    @Override
    public Map<String, NDArray> state() {
        Map<String, NDArray> state = new LinkedHashMap<>();
        moments.forEach((name, each) -> {
            state.put("exp_avg." + name, each.first);
            state.put("exp_avg_sq." + name, each.second);
        });
        return state;
    }
}
