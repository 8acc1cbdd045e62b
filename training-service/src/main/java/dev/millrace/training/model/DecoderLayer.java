package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.training.torch.Scope;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One layer: attention, then the feed-forward network, each added to what came in. */
final class DecoderLayer {
    private final SelfAttention attention;
    private final FeedForward feedForward;

    /** What the derivative needs. */
    record Kept(SelfAttention.Kept attention, FeedForward.Kept feedForward) {}

    record Result(NDArray y, Kept kept) {}

    DecoderLayer(ModelConfig config, int index, WeightLoader loader) throws MalformedFileException {
        this.attention = new SelfAttention(config, index, loader);
        this.feedForward = new FeedForward(config, index, loader);
    }

    /** Everything that an adapter may stand beside. */
    List<Projection> projections() {
        return Stream.of(attention.projections(), feedForward.projections())
                .flatMap(List::stream)
                .flatMap(group -> group.members().stream())
                .toList();
    }

    List<Norm> norms() {
        return Stream.of(attention.norms(), feedForward.norms())
                .flatMap(List::stream)
                .toList();
    }

    /**
     * @param work where lives what this pass alone needs
     * @param kept where lives what the derivative needs
     * @param x [tokens, width]
     * @param turn cosines and sines of each token's position: [tokens, 1, headSize]
     */
    Result forward(Scope work, Scope kept, NDArray x, RotaryTable.Turn turn, Pass pass) {
        SelfAttention.Result attended = attention.forward(work, kept, x, turn, pass);
        NDArray between = work.call("add_", attended.y(), x);
        FeedForward.Result fed = feedForward.forward(work, kept, between, pass);
        return new Result(work.call("add_", fed.y(), between), new Kept(attended.kept(), fed.kept()));
    }

    /**
     * @param dy the loss's derivative by the result: [tokens, width]
     * @param wanted whether that by the input is needed: not where nothing before it is trained
     */
    Optional<NDArray> backward(Scope work, NDArray dy, Kept kept, RotaryTable.Turn turn, Pass pass, boolean wanted) {
        NDArray inner =
                feedForward.backward(work, dy, kept.feedForward, pass, true).orElseThrow();
        NDArray dbetween = work.call("add_", inner, dy);
        return attention
                .backward(work, dbetween, kept.attention, turn, pass, wanted)
                .map(outer -> work.call("add_", outer, dbetween));
    }
}
