package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.training.torch.Scope;
import java.util.List;
import java.util.Optional;

/** One layer: attention, then the feed-forward network, each added to what came in. */
final class DecoderLayer {
    private final int window;
    private final NDArray attentionNorm;
    private final Projection query;
    private final Projection key;
    private final Projection value;
    private final Optional<NDArray> queryNorm;
    private final Optional<NDArray> keyNorm;
    private final Projection output;
    private final Optional<NDArray> postAttentionNorm;
    private final NDArray ffnNorm;
    private final Projection gate;
    private final Projection up;
    private final Projection down;
    private final Optional<NDArray> postFfnNorm;

    DecoderLayer(ModelConfig config, int index, WeightLoader loader) throws MalformedFileException {
        String at = "model.layers." + index + ".";
        int width = config.width();
        int headSize = config.headSize();
        int queries = config.heads() * headSize;
        int keys = config.kvHeads() * headSize;
        this.window = config.layers().get(index).window();
        this.attentionNorm = loader.norm(at + "input_layernorm.weight", width);
        this.query = turned(loader, at + "self_attn.q_proj", headSize, queries, width);
        this.key = turned(loader, at + "self_attn.k_proj", headSize, keys, width);
        this.value = projection(loader, at + "self_attn.v_proj", keys, width);
        this.output = projection(loader, at + "self_attn.o_proj", width, queries);
        this.queryNorm = headNorm(config, loader, at + "self_attn.q_norm.weight");
        this.keyNorm = headNorm(config, loader, at + "self_attn.k_norm.weight");
        String afterAttention = at + "post_attention_layernorm.weight";
        if (config.postNorms()) {
            this.postAttentionNorm = Optional.of(loader.norm(afterAttention, width));
            this.ffnNorm = loader.norm(at + "pre_feedforward_layernorm.weight", width);
            this.postFfnNorm = Optional.of(loader.norm(at + "post_feedforward_layernorm.weight", width));
        } else {
            this.postAttentionNorm = Optional.empty();
            this.ffnNorm = loader.norm(afterAttention, width);
            this.postFfnNorm = Optional.empty();
        }
        this.gate = projection(loader, at + "mlp.gate_proj", config.ffnWidth(), width);
        this.up = projection(loader, at + "mlp.up_proj", config.ffnWidth(), width);
        this.down = projection(loader, at + "mlp.down_proj", width, config.ffnWidth());
    }

    private static Projection projection(WeightLoader loader, String module, int outputs, int inputs)
            throws MalformedFileException {
        return new Projection(
                module, loader.load(module + ".weight", outputs, inputs), loader.find(module + ".bias", outputs));
    }

    private static Projection turned(WeightLoader loader, String module, int headSize, int outputs, int inputs)
            throws MalformedFileException {
        return new Projection(
                module,
                loader.loadTurned(module + ".weight", headSize, outputs, inputs),
                loader.findTurned(module + ".bias", headSize, outputs));
    }

    private static Optional<NDArray> headNorm(ModelConfig config, WeightLoader loader, String name)
            throws MalformedFileException {
        return config.headNorms() ? Optional.of(loader.norm(name, config.headSize())) : Optional.empty();
    }

    /** Everything that an adapter may stand beside. */
    List<Projection> projections() {
        return List.of(query, key, value, output, gate, up, down);
    }

    /**
     * @param x [tokens, width]
     * @param turn cosines and sines of each token's position: [tokens, 1, headSize]
     */
    NDArray forward(Scope scope, NDArray x, RotaryTable.Turn turn, Pass pass) {
        NDArray attended = attention(scope, scope.call("norm", x, attentionNorm), turn, pass);
        NDArray between = scope.call("plus", x, normed(scope, attended, postAttentionNorm));
        NDArray inputs = scope.call("norm", between, ffnNorm);
        NDArray gated = scope.call("gated", gate.apply(scope, inputs, pass), up.apply(scope, inputs, pass));
        NDArray fed = down.apply(scope, gated, pass);
        return scope.call("plus", between, normed(scope, fed, postFfnNorm));
    }

    private NDArray attention(Scope scope, NDArray x, RotaryTable.Turn turn, Pass pass) {
        NDArray queries = headNormed(scope, query.apply(scope, x, pass), queryNorm);
        NDArray keys = headNormed(scope, key.apply(scope, x, pass), keyNorm);
        NDArray seen = scope.call(
                "attention",
                scope.call("rotate", queries, turn.cosines(), turn.sines()),
                scope.call("rotate", keys, turn.cosines(), turn.sines()),
                value.apply(scope, x, pass),
                pass.lengths(),
                scope.number(window));
        return output.apply(scope, seen, pass);
    }

    private static NDArray normed(Scope scope, NDArray x, Optional<NDArray> weight) {
        return weight.isPresent() ? scope.call("norm", x, weight.get()) : x;
    }

    private static NDArray headNormed(Scope scope, NDArray x, Optional<NDArray> weight) {
        return weight.isPresent() ? scope.call("head_norm", x, weight.get()) : x;
    }
}
