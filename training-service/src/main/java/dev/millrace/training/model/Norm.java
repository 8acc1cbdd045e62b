package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.millrace.training.torch.Scope;

/**
 * A root-mean-square norm.
 *
 * @param name of its weight in the model, as Hugging Face has it
 * @param weight [width]
 */
record Norm(String name, NDArray weight) {
    /**
     * @param x what was normed
     * @param inverse one over the root mean square of each row
     * @param y the result
     */
    record Kept(NDArray x, NDArray inverse, NDArray y) {}

    /**
     * @param x [..., width]
     * @param kept where lives what the derivative needs
     */
    Kept forward(Scope work, Scope kept, NDArray x) {
        NDList results = work.callMany("norm", x, weight);
        return new Kept(kept.keep(x), kept.keep(results.get(1)), results.get(0));
    }

    NDArray backward(Scope work, NDArray dy, Kept kept, Pass pass) {
        pass.parameter(name).ifPresent(own -> work.call("norm_weight_back_", own.gradient(), dy, kept.x, kept.inverse));
        return work.call("norm_back", dy, kept.x, weight, kept.inverse);
    }
}
