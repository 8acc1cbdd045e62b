package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Stochastic gradient descent, with momentum if it isn't 0, as {@code torch.optim.SGD} computes it. */
public final class MomentumDescent implements Optimizer {
    private final double momentum;
    private final double decay;
    private final List<Parameter> parameters;
    private final Map<String, NDArray> velocities = new LinkedHashMap<>();

    /** @param decay of the weights, added to the gradient */
    public MomentumDescent(double momentum, double decay, Map<String, Parameter> parameters, NDManager manager) {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum must be 0 or more and below 1, was " + momentum);
        }
        this.momentum = momentum;
        this.decay = decay;
        this.parameters = List.copyOf(parameters.values());
        parameters.forEach((name, parameter) -> velocities.put(
                "momentum_buffer." + name,
                manager.zeros(parameter.value().getShape(), parameter.value().getDataType())));
    }

    @Override
    public void update(Scope scope, double learningRate, long step) {
        scope.call(
                "sgd_",
                parameters.stream().map(Parameter::value).toList(),
                parameters.stream().map(Parameter::gradient).toList(),
                List.copyOf(velocities.values()),
                new double[] {learningRate, momentum, decay});
    }

    @Override
    public Map<String, NDArray> state() {
        return new LinkedHashMap<>(velocities);
    }
}
