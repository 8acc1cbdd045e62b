package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;

/** A matrix of the model, [outputs, inputs], in whatever form it is kept. */
interface Weight {
    long outputs();

    long inputs();

    /** Rows [from, to), widened; they are there as long as the scope is, and no other weight is opened. */
    NDArray open(Scope scope, long from, long to);

    /** The same of all rows. */
    default NDArray open(Scope scope) {
        return open(scope, 0, outputs());
    }

    /** Some rows, widened, which live as long as the scope: [which.length, inputs]. */
    NDArray rows(Scope scope, long[] which);

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
        public NDArray open(Scope scope, long from, long to) {
            return from == 0 && to == outputs() ? values : scope.call("row_range", values, from, to);
        }

        @Override
        public NDArray rows(Scope scope, long[] which) {
            return scope.call("rows", values, scope.whole(which));
        }
    }
}
