package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Stochastic gradient descent, with momentum if it isn't 0, as {@code torch.optim.SGD} computes it. */
public final class MomentumDescent implements Optimizer {
    private final double momentum;
    private final double decay;
    private final Group decayed = new Group();
    private final Group spared = new Group();
    private final Map<String, NDArray> state = new LinkedHashMap<>();

    /** Parameters that move by the same rule. */
    private static final class Group {
        private final List<NDArray> values = new ArrayList<>();
        private final List<NDArray> gradients = new ArrayList<>();
        private final List<NDArray> velocities = new ArrayList<>();

        private void update(Scope scope, double... settings) {
            if (!values.isEmpty()) {
                scope.call("sgd_", values, gradients, velocities, settings);
            }
        }
    }

    /** @param decay of the weights, added to the gradient, but for biases and the weights of norms */
    public MomentumDescent(double momentum, double decay, Map<String, Parameter> parameters, NDManager manager) {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum must be 0 or more and below 1, was " + momentum);
        }
        this.momentum = momentum;
        this.decay = decay;
        parameters.forEach((name, parameter) -> {
            NDArray velocity = manager.zeros(
                    parameter.value().getShape(), parameter.value().getDataType());
            state.put("momentum_buffer." + name, velocity);
            Group group = WeightDecay.spares(name) ? spared : decayed;
            group.values.add(parameter.value());
            group.gradients.add(parameter.gradient());
            group.velocities.add(velocity);
        });
    }

    @Override
    public void update(Scope scope, double learningRate, long step) {
        decayed.update(scope, learningRate, momentum, decay);
        spared.update(scope, learningRate, momentum, 0);
    }

    @Override
    public Map<String, NDArray> state() {
        return new LinkedHashMap<>(state);
    }
}
