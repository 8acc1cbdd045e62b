package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;
import java.util.Optional;

/**
 * What all layers of one pass share.
 *
 * @param adapter none for the model as it was
 * @param lengths tokens of each sequence
 * @param scale of the adapter's share
 * @param dropout of the adapter's inputs
 */
record Pass(Optional<LoraAdapter> adapter, NDArray lengths, NDArray scale, NDArray dropout) {
    static Pass of(Scope scope, TokenBatch batch, Optional<LoraAdapter> adapter) {
        double dropout = scope.gradients()
                ? adapter.map(known -> known.settings().dropout()).orElse(0.0)
                : 0;
        return new Pass(
                adapter,
                scope.whole(batch.lengths()),
                scope.number(adapter.map(known -> known.settings().scale()).orElse(0.0)),
                scope.number(dropout));
    }
}
