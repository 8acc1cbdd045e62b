package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What Adam and its kin remember: running means of each gradient and of its square. */
final class Moments {
    private final Group decayed = new Group();
    private final Group spared = new Group();
    private final Map<String, NDArray> state = new LinkedHashMap<>();

    /** Parameters that move by the same rule. */
    private static final class Group {
        private final List<NDArray> values = new ArrayList<>();
        private final List<NDArray> gradients = new ArrayList<>();
        private final List<NDArray> firsts = new ArrayList<>();
        private final List<NDArray> seconds = new ArrayList<>();

        private void update(String rule, Scope scope, AdamW.Settings settings, double decay, double rate, long step) {
            if (values.isEmpty()) {
                return;
            }
            double[] numbers = {
                rate,
                settings.beta1(),
                settings.beta2(),
                settings.epsilon(),
                decay,
                1 - Math.pow(settings.beta1(), (double) step),
                1 - Math.pow(settings.beta2(), (double) step)
            };
            scope.call(rule, values, gradients, firsts, seconds, numbers);
        }
    }

    /** @param manager owns them */
    Moments(Map<String, Parameter> parameters, NDManager manager) {
        parameters.forEach((name, parameter) -> {
            Group group = WeightDecay.spares(name) ? spared : decayed;
            group.values.add(parameter.value());
            group.gradients.add(parameter.gradient());
            group.firsts.add(zeros(parameter, manager, "exp_avg." + name));
            group.seconds.add(zeros(parameter, manager, "exp_avg_sq." + name));
        });
    }

    private NDArray zeros(Parameter parameter, NDManager manager, String name) {
        NDArray zeros =
                manager.zeros(parameter.value().getShape(), parameter.value().getDataType());
        state.put(name, zeros);
        return zeros;
    }

    /** @param rule of torch's functions, by which values move */
    void update(String rule, Scope scope, AdamW.Settings settings, double learningRate, long step) {
        decayed.update(rule, scope, settings, settings.decay(), learningRate, step);
        spared.update(rule, scope, settings, 0, learningRate, step);
    }

    /** By torch's names, in place. */
    Map<String, NDArray> state() {
        return new LinkedHashMap<>(state);
    }
}
