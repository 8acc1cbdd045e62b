package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.Collection;
import java.util.List;

/** The gradients of all parameters together. */
final class Gradients {
    /** What torch adds to a norm before it divides by it. */
    private static final double EPSILON = 1e-6;

    private final List<NDArray> all;

    Gradients(Collection<Parameter> parameters) {
        this.all = parameters.stream().map(Parameter::gradient).toList();
    }

    /** Their norm, as if they were one vector. */
    double norm(Scope scope) {
        return Math.sqrt(scope.call("square_sum", all).getDouble());
    }

    /**
     * Scales them down where their norm is above the highest.
     *
     * @param norm of all of them
     * @param highest infinite for none
     */
    void clip(Scope scope, double norm, double highest) {
        double factor = highest / (norm + EPSILON);
        if (factor < 1) {
            scope.call("scale_", all, factor);
        }
    }

    /** Brings each element between minus and plus the highest. */
    void clamp(Scope scope, double highest) {
        scope.call("clamp_", all, highest);
    }

    void clear(Scope scope) {
        scope.call("clear_", all);
    }
}
