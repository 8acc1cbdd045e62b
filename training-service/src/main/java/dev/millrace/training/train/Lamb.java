package dev.millrace.training.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.training.model.Parameter;
import dev.millrace.training.torch.Scope;
import java.util.Map;

/**
 * LAMB: Adam's step, stretched for each matrix by the ratio of the matrix's norm to the step's. A matrix that is zero moves
 * by Adam's step itself.
 *
 * @see <a href="https://arxiv.org/abs/1904.00962">Large batch optimization for deep learning, algorithm 2</a>
 */
public final class Lamb implements Optimizer {
    private final Moments moments;

    /** @param manager owns its state */
    public Lamb(AdamW.Settings settings, Map<String, Parameter> parameters, NDManager manager) {
        this.moments = new Moments(settings, parameters, manager);
    }

    @Override
    public void update(Scope scope, double learningRate, long step) {
        moments.update("lamb_", scope, learningRate, step);
    }

    @Override
    public Map<String, NDArray> state() {
        return moments.state();
    }
}
