package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;
import java.util.Map;

/** Changes parameters along their gradients. Its state is open, so that a run can go on from where it was left. */
public interface Optimizer {
    /**
     * Changes all parameters in place.
     *
     * @param scope without gradients
     * @param step from 1: how many there have been with this one
     */
    void update(Scope scope, double learningRate, long step);

    /** All that it remembers, by name; in place, so what is set here is what it goes on with. */
    Map<String, NDArray> state();
}
