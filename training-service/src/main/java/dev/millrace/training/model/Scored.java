package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.millrace.training.torch.Scope;

/**
 * Scored rows. The gradient of each row's log-probability is known already, so any loss over log-probabilities is
 * differentiated by saying how much each of them counts: logits are computed once, and never exist whole.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Scored(NDArray hidden, NDArray gradients, double[] logps, boolean[] hits, double[] meanLogits, DataType type) {
    /** Adds to the parameters' gradients those of {@code sum(coefficients * logps)}. */
    void backward(Scope scope, double[] coefficients) {
        NDManager manager = scope.manager();
        NDArray weights = manager.create(coefficients);
        if (type == DataType.FLOAT32) {
            float[] narrow = new float[coefficients.length];
            for (int i = 0; i < narrow.length; i++) {
                narrow[i] = (float) coefficients[i];
            }
            weights = manager.create(narrow);
        }
        Scope.backward(hidden, scope.call("weighted", gradients, weights));
    }
}
