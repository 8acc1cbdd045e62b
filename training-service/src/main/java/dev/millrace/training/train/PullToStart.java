package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Half the strength times the squared distance of each parameter from its start, weighed by how much it matters.
 *
 * @see <a href="https://arxiv.org/abs/1802.01483">L2-SP, eq. 2</a>
 * @see <a href="https://arxiv.org/abs/1612.00796">Elastic weight consolidation, eq. 3</a>
 */
final class PullToStart implements Regularizer {
    private final double strength;
    private final List<NDArray> values = new ArrayList<>();
    private final List<NDArray> gradients = new ArrayList<>();
    private final List<NDArray> starts = new ArrayList<>();
    private final List<NDArray> importance;

    /**
     * @param parameters as they are now: that is the start
     * @param importance of each element of each; empty where all matter alike
     * @param manager owns the copy of the start
     */
    PullToStart(double strength, Collection<Parameter> parameters, List<NDArray> importance, NDManager manager) {
        this.strength = strength;
        this.importance = List.copyOf(importance);
        for (Parameter parameter : parameters) {
            values.add(parameter.value());
            gradients.add(parameter.gradient());
            NDArray start = parameter.value().duplicate();
            start.attach(manager);
            starts.add(start);
        }
    }

    @Override
    public double add(Scope scope) {
        return scope.call("pull_", gradients, values, starts, importance, strength)
                .getDouble();
    }
}
