package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.training.torch.Scope;
import java.util.List;
import java.util.Optional;

/** A layer's attention, from the norm before it to the norm after it, where there is one. */
final class SelfAttention {
    private final int window;
    private final Norm before;
    private final Projections inputs;
    private final Optional<Norm> queryNorm;
    private final Optional<Norm> keyNorm;
    private final Projections output;
    private final Optional<Norm> after;

    /**
     * What the derivative needs.
     *
     * @param queries turned: [tokens, heads, headSize]
     * @param seen what attention gave: as the queries
     * @param sums logarithms of what the softmax divided by: [tokens, heads]
     */
    record Kept(
            Norm.Kept before,
            Projections.Kept inputs,
            Optional<Norm.Kept> queryNorm,
            Optional<Norm.Kept> keyNorm,
            NDArray queries,
            NDArray keys,
            NDArray values,
            NDArray seen,
            NDArray sums,
            Projections.Kept output,
            Optional<Norm.Kept> after) {}

    /** @param y what is added to the layer's input */
    record Result(NDArray y, Kept kept) {}

    SelfAttention(ModelConfig config, int index, WeightLoader loader) throws MalformedFileException {
        String at = "model.layers." + index + ".";
        int width = config.width();
        int headSize = config.headSize();
        int queries = config.heads() * headSize;
        int keys = config.kvHeads() * headSize;
        this.window = config.layers().get(index).window();
        this.before = loader.norm(at + "input_layernorm.weight", width);
        this.inputs = new Projections(
                loader.turned(at + "self_attn.q_proj", headSize, queries, width),
                loader.turned(at + "self_attn.k_proj", headSize, keys, width),
                loader.projection(at + "self_attn.v_proj", keys, width));
        this.output = new Projections(loader.projection(at + "self_attn.o_proj", width, queries));
        boolean headNorms = config.headNorms();
        this.queryNorm = loader.norm(headNorms, at + "self_attn.q_norm.weight", headSize);
        this.keyNorm = loader.norm(headNorms, at + "self_attn.k_norm.weight", headSize);
        this.after = loader.norm(config.postNorms(), at + "post_attention_layernorm.weight", width);
    }

    List<Projections> projections() {
        return List.of(inputs, output);
    }

    List<Norm> norms() {
        return java.util.stream.Stream.of(Optional.of(before), queryNorm, keyNorm, after)
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * @param x [tokens, width]
     * @param turn cosines and sines of each token's position: [tokens, 1, headSize]
     */
    Result forward(Scope work, Scope kept, NDArray x, RotaryTable.Turn turn, Pass pass) {
        Norm.Kept normed = before.forward(work, kept, x);
        Projections.Result in = inputs.forward(work, kept, kept.keep(normed.y()), pass);
        NDArray q = work.call("heads", in.outputs().get(0));
        NDArray k = work.call("heads", in.outputs().get(1));
        NDArray v = kept.keep(work.call("heads", in.outputs().get(2)));
        Optional<Norm.Kept> qn = normed(work, kept, queryNorm, q);
        Optional<Norm.Kept> kn = normed(work, kept, keyNorm, k);
        q = kept.keep(work.call("rotate_", qn.map(Norm.Kept::y).orElse(q), turn.cosines(), turn.sines()));
        k = kept.keep(work.call("rotate_", kn.map(Norm.Kept::y).orElse(k), turn.cosines(), turn.sines()));
        NDList attended = attend(work, q, k, v, pass);
        NDArray seen = kept.keep(attended.get(0));
        NDArray sums = kept.keep(attended.get(1));
        Projections.Result out = output.forward(work, kept, kept.keep(work.call("flat", seen)), pass);
        Optional<Norm.Kept> last = normed(work, kept, after, out.outputs().getFirst());
        NDArray y = last.map(Norm.Kept::y).orElse(out.outputs().getFirst());
        return new Result(y, new Kept(normed, in.kept(), qn, kn, q, k, v, seen, sums, out.kept(), last));
    }

    private NDList attend(Scope work, NDArray q, NDArray k, NDArray v, Pass pass) {
        if (pass.cache().filter(cache -> cache.knows(this)).isPresent()) {
            KeyValueCache.Known known = pass.cache().get().grown(this, work, k, v);
            return work.callMany("attention_next", q, known.keys(), known.values(), window);
        }
        pass.cache().ifPresent(cache -> cache.begin(this, work, k, v));
        if (pass.shared().isEmpty()) {
            return work.callMany("attention", q, k, v, pass.runs(), window);
        }
        Pass.SharedRows shared = pass.shared().get();
        NDArray queries = shared.spread(work, q);
        NDList each = work.callMany(
                "attention", queries, shared.spread(work, k), shared.spread(work, v), pass.runs(), window);
        return new NDList(shared.once(work, each.get(0)), shared.once(work, each.get(1)));
    }

    /** The loss's derivatives by queries, keys and values. */
    private NDList attendBack(Scope work, NDArray dseen, Kept kept, Pass pass) {
        if (pass.shared().isEmpty()) {
            return attentionBack(work, dseen, kept.queries, kept.keys, kept.values, kept.seen, kept.sums, pass);
        }
        Pass.SharedRows shared = pass.shared().get();
        NDArray queries = shared.spread(work, kept.queries);
        NDList each = attentionBack(
                work,
                shared.spreadOnce(work, dseen, queries),
                queries,
                shared.spread(work, kept.keys),
                shared.spread(work, kept.values),
                shared.spread(work, kept.seen),
                shared.spread(work, kept.sums),
                pass);
        return new NDList(
                shared.once(work, each.get(0)),
                shared.sum(work, each.get(1), kept.keys),
                shared.sum(work, each.get(2), kept.values));
    }

    private NDList attentionBack(
            Scope work,
            NDArray dseen,
            NDArray queries,
            NDArray keys,
            NDArray values,
            NDArray seen,
            NDArray sums,
            Pass pass) {
        return work.callMany("attention_back", dseen, queries, keys, values, seen, sums, pass.runs(), window);
    }

    private static Optional<Norm.Kept> normed(Scope work, Scope kept, Optional<Norm> norm, NDArray x) {
        return norm.map(known -> known.forward(work, kept, x));
    }

    /**
     * @param dy the loss's derivative by the result: [tokens, width]
     * @param wanted whether the derivative by the input is needed
     */
    Optional<NDArray> backward(Scope work, NDArray dy, Kept kept, RotaryTable.Turn turn, Pass pass, boolean wanted) {
        NDArray dout = back(work, after, dy, kept.after, pass);
        NDArray dseen =
                output.backward(work, List.of(dout), kept.output, pass, true).orElseThrow();
        NDList inner = attendBack(work, work.call("heads", dseen), kept, pass);
        NDArray dq = work.call("rotate_back_", inner.get(0), turn.cosines(), turn.sines());
        NDArray dk = work.call("rotate_back_", inner.get(1), turn.cosines(), turn.sines());
        List<NDArray> dys = List.of(
                work.call("flat", back(work, queryNorm, dq, kept.queryNorm, pass)),
                work.call("flat", back(work, keyNorm, dk, kept.keyNorm, pass)),
                work.call("flat", inner.get(2)));
        return inputs.backward(work, dys, kept.inputs, pass, wanted)
                .map(dn -> before.backward(work, dn, kept.before, pass));
    }

    private static NDArray back(Scope work, Optional<Norm> norm, NDArray dy, Optional<Norm.Kept> kept, Pass pass) {
        return norm.isPresent() ? norm.get().backward(work, dy, kept.orElseThrow(), pass) : dy;
    }
}
