package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.LinkedHashMap;
import java.util.Map;

/** What Adam and its kin remember: running means of each gradient and of its square. */
final class Moments {
    private final AdamW.Settings settings;
    private final WeightDecay parameters;
    private final Map<String, NDArray> state = new LinkedHashMap<>();

    /** @param manager owns them */
    Moments(AdamW.Settings settings, Map<String, Parameter> parameters, NDManager manager) {
        this.settings = settings;
        this.parameters = new WeightDecay(settings.decay());
        parameters.forEach((name, parameter) -> this.parameters.add(
                name,
                parameter,
                zeros(parameter, manager, "exp_avg." + name),
                zeros(parameter, manager, "exp_avg_sq." + name)));
    }

    private NDArray zeros(Parameter parameter, NDManager manager, String name) {
        NDArray zeros =
                manager.zeros(parameter.value().getShape(), parameter.value().getDataType());
        state.put(name, zeros);
        return zeros;
    }

    /** @param rule of torch's functions, by which values move */
    void update(String rule, Scope scope, double learningRate, long step) {
        parameters.apply((group, decay) -> {
            double[] numbers = {
                learningRate,
                settings.beta1(),
                settings.beta2(),
                settings.epsilon(),
                decay,
                1 - Math.pow(settings.beta1(), (double) step),
                1 - Math.pow(settings.beta2(), (double) step)
            };
            scope.call(
                    rule,
                    group.values(),
                    group.gradients(),
                    group.states().get(0),
                    group.states().get(1),
                    numbers);
        });
    }

    /** By torch's names, in place. */
    Map<String, NDArray> state() {
        return new LinkedHashMap<>(state);
    }
}
