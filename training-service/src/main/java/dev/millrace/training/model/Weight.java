package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;

/** A matrix of the model, [outputs, inputs], in whatever form it is kept. */
interface Weight {
    long outputs();

    long inputs();

    /** Its elements, widened; they live as long as the scope, or longer. */
    NDArray open(Scope scope);

    /**
     * @param x [tokens, inputs]
     * @return [tokens, outputs]
     */
    default NDArray forward(Scope scope, NDArray x) {
        return scope.call("linear", x, open(scope));
    }

    /**
     * @param dy [tokens, outputs]
     * @return [tokens, inputs]
     */
    default NDArray back(Scope scope, NDArray dy) {
        return scope.call("linear_back", dy, open(scope));
    }

    /** The same, added to {@code dx}. */
    default void addBack(Scope scope, NDArray dx, NDArray dy) {
        scope.call("linear_back_", dx, dy, open(scope));
    }

    /** Kept as it is computed with. */
    record Dense(NDArray values) implements Weight {
        @Override
        public long outputs() {
            return values.getShape().get(0);
        }

        @Override
        public long inputs() {
            return values.getShape().get(1);
        }

        @Override
        public NDArray open(Scope scope) {
            return values;
        }
    }
}
