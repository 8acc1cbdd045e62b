package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;
import java.util.Optional;

/**
 * A frozen matrix.
 *
 * @param module its name in the model, as Hugging Face has it
 * @param weight [outputs, inputs]
 * @param bias [outputs]
 */
record Projection(String module, NDArray weight, Optional<NDArray> bias) {
    /**
     * @param x [tokens, inputs]
     * @return [tokens, outputs]
     */
    NDArray apply(Scope scope, NDArray x, Pass pass) {
        NDArray y = bias.isPresent() ? scope.call("biased", x, weight, bias.get()) : scope.call("linear", x, weight);
        Optional<LoraAdapter> adapter = pass.adapter();
        Optional<NDArray> a = adapter.flatMap(known -> known.a(module));
        return a.isEmpty()
                ? y
                : scope.call("adapted", y, x, a.get(), adapter.orElseThrow().b(module), pass.scale(), pass.dropout());
    }
}
