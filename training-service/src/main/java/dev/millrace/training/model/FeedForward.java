package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.training.torch.Scope;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A layer's gated network, from the norm before it to the norm after it, where there is one. */
final class FeedForward {
    private final Norm before;
    private final Projections inputs;
    private final Projections output;
    private final Optional<Norm> after;

    /**
     * What the derivative needs.
     *
     * @param gate before its activation: [tokens, ffnWidth]
     * @param up what it is multiplied with
     * @param output of it the input isn't kept: it is computed again from gate and up
     */
    record Kept(
            Norm.Kept before,
            Projections.Kept inputs,
            NDArray gate,
            NDArray up,
            List<Projections.Share> output,
            Optional<Norm.Kept> after) {}

    /** @param y what is added to the input */
    record Result(NDArray y, Kept kept) {}

    FeedForward(ModelConfig config, int index, WeightLoader loader) throws MalformedFileException {
        String at = "model.layers." + index + ".";
        int width = config.width();
        this.before = loader.norm(
                at + (config.postNorms() ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight"),
                width);
        this.inputs = new Projections(
                loader.projection(at + "mlp.gate_proj", config.ffnWidth(), width),
                loader.projection(at + "mlp.up_proj", config.ffnWidth(), width));
        this.output = new Projections(loader.projection(at + "mlp.down_proj", width, config.ffnWidth()));
        this.after = loader.norm(config.postNorms(), at + "post_feedforward_layernorm.weight", width);
    }

    List<Projections> projections() {
        return List.of(inputs, output);
    }

    List<Norm> norms() {
        return Stream.of(Optional.of(before), after).flatMap(Optional::stream).toList();
    }

    /** @param x [tokens, width] */
    Result forward(Scope work, Scope kept, NDArray x, Pass pass) {
        Norm.Kept normed = before.forward(work, kept, x);
        Projections.Result in = inputs.forward(work, kept, kept.keep(normed.y()), pass);
        NDArray gate = kept.keep(in.outputs().get(0));
        NDArray up = kept.keep(in.outputs().get(1));
        Projections.Result out = output.forward(work, kept, work.call("gated", gate, up), pass);
        NDArray y = out.outputs().getFirst();
        Optional<Norm.Kept> last = after.map(norm -> norm.forward(work, kept, y));
        return new Result(
                last.map(Norm.Kept::y).orElse(y),
                new Kept(normed, in.kept(), gate, up, out.kept().shares(), last));
    }

    /** @return the loss's derivative by the input, if it is wanted */
    Optional<NDArray> backward(Scope work, NDArray dy, Kept kept, Pass pass, boolean wanted) {
        NDArray dout = after.isPresent() ? after.get().backward(work, dy, kept.after.orElseThrow(), pass) : dy;
        NDArray gated = work.call("gated", kept.gate, kept.up);
        NDArray dgated = output.backward(work, List.of(dout), new Projections.Kept(gated, kept.output), pass, true)
                .orElseThrow();
        NDList inner = work.callMany("gated_back", dgated, kept.gate, kept.up);
        return inputs.backward(work, inner, kept.inputs, pass, wanted)
                .map(dn -> before.backward(work, dn, kept.before, pass));
    }
}
