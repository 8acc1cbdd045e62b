package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.LinkedHashMap;
import java.util.Map;

/** Stochastic gradient descent, with momentum if it isn't 0, as {@code torch.optim.SGD} computes it. */
public final class MomentumDescent implements Optimizer {
    private final double momentum;
    private final WeightDecay parameters;
    private final Map<String, NDArray> state = new LinkedHashMap<>();

    /** @param decay of the weights, added to the gradient, but for biases and the weights of norms */
    public MomentumDescent(double momentum, double decay, Map<String, Parameter> parameters, NDManager manager) {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum must be 0 or more and below 1, was " + momentum);
        }
        this.momentum = momentum;
        this.parameters = new WeightDecay(decay);
        parameters.forEach((name, parameter) -> {
            NDArray velocity = manager.zeros(
                    parameter.value().getShape(), parameter.value().getDataType());
            state.put("momentum_buffer." + name, velocity);
            this.parameters.add(name, parameter, velocity);
        });
    }

    @Override
    public void update(Scope scope, double learningRate, long step) {
        parameters.apply((group, decay) -> scope.call(
                "sgd_", group.values(), group.gradients(), group.states().getFirst(), new double[] {
                    learningRate, momentum, decay
                }));
    }

    @Override
    public Map<String, NDArray> state() {
        return new LinkedHashMap<>(state);
    }
}
