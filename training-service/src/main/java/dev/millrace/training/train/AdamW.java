package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.Map;

/**
 * Adam with decoupled weight decay, step for step as {@code torch.optim.AdamW} computes it; biases and the weights of norms
 * don't decay.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Decoupled weight decay regularization, algorithm 2</a>
 */
public final class AdamW implements Optimizer {
    private final Moments moments;

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
    public AdamW(Settings settings, Map<String, Parameter> parameters, NDManager manager) {
        this.moments = new Moments(settings, parameters, manager);
    }

    @Override
    public void update(Scope scope, double learningRate, long step) {
        moments.update("adamw_", scope, learningRate, step);
    }

    @Override
    public Map<String, NDArray> state() {
        return moments.state();
    }
}
