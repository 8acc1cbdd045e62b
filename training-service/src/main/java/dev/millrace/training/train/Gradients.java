package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;
import java.util.Collection;

/** The gradients of all parameters together. */
final class Gradients {
    /** What torch adds to a norm before it divides by it. */
    private static final double EPSILON = 1e-6;

    private Gradients() {}

    /**
     * The norm of all gradients, as if they were one vector; they are scaled down to {@code highest} where it is above.
     *
     * @param highest infinite for none
     * @return the norm before
     */
    static double clip(Scope scope, Collection<NDArray> parameters, double highest) {
        double squares = 0;
        for (NDArray parameter : parameters) {
            try (NDArray gradient = parameter.getGradient();
                    NDArray sum = scope.call("square_sum", gradient)) {
                squares += sum.getDouble();
            }
        }
        double norm = Math.sqrt(squares);
        double factor = highest / (norm + EPSILON);
        if (factor < 1) {
            NDArray number = scope.number(factor);
            for (NDArray parameter : parameters) {
                try (NDArray gradient = parameter.getGradient()) {
                    scope.call("scale_", gradient, number);
                }
            }
        }
        return norm;
    }
}
