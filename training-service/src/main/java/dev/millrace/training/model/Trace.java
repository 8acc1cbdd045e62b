package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;
import java.util.List;
import java.util.Optional;

/**
 * What a forward pass left behind for a backward pass.
 *
 * @param ids of all tokens
 * @param turns of each layer
 * @param layers what each layer keeps; empty where no backward pass is to come
 * @param hidden what came out of the last layer: [tokens, width]
 */
record Trace(Pass pass, NDArray ids, List<RotaryTable.Turn> turns, List<LayerTrace> layers, NDArray hidden) {
    /**
     * One layer's.
     *
     * @param scope where it lives; closed once its derivatives are known
     * @param x what went in
     * @param kept empty where the layer is to be computed again
     */
    record LayerTrace(Scope scope, NDArray x, Optional<DecoderLayer.Kept> kept) {}
}
