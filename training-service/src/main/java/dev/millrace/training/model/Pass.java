package dev.millrace.training.model;

import ai.djl.ndarray.NDArray;
import dev.millrace.training.torch.Scope;
import java.util.Optional;

/**
 * What all layers of one pass share.
 *
 * @param trained none for the model as it was
 * @param cache of what went before, where sequences grow by a token at a time
 * @param runs of neighbouring sequences of one length: start, sequences and length of each run
 * @param shared empty where each token has a row of its own
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Pass(
        Optional<Trained> trained,
        PassSettings settings,
        Optional<KeyValueCache> cache,
        long[] runs,
        Optional<SharedRows> shared) {
    /** What goes through the layers once for several sequences; for attention each has them for itself. */
    record SharedRows(NDArray rows, NDArray firsts) {
        /** Each sequence's own, of all rows. */
        NDArray spread(Scope work, NDArray x) {
            return work.call("rows", x, rows);
        }

        /** All rows, of each sequence's own that are equal. */
        NDArray once(Scope work, NDArray x) {
            return work.call("rows", x, firsts);
        }

        /** A derivative by each sequence's own, where the sequence after the first gets nothing: it was not used. */
        NDArray spreadOnce(Scope work, NDArray dy, NDArray like) {
            return work.call("rows_back", dy, like, firsts);
        }

        /** A derivative by all rows, of that by each sequence's own. */
        NDArray sum(Scope work, NDArray dy, NDArray like) {
            return work.call("rows_back", dy, like, rows);
        }
    }

    Optional<Parameter> parameter(String name) {
        return trained.flatMap(known -> known.parameter(name));
    }

    /** The adapter, if one is trained. */
    Optional<LoraAdapter> lora() {
        return trained.filter(LoraAdapter.class::isInstance).map(LoraAdapter.class::cast);
    }

    double dropout() {
        return settings.training() ? dropout(trained) : 0;
    }

    /** Of what is trained, while it learns. */
    static double dropout(Optional<? extends Trained> trained) {
        return trained.filter(LoraAdapter.class::isInstance)
                .map(LoraAdapter.class::cast)
                .map(adapter -> adapter.settings().dropout())
                .orElse(0.0);
    }

    /** A layer's draws depend on the pass and the layer alone, so it may be computed again. */
    void seed(int layer) {
        if (dropout() > 0) {
            Scope.seed(settings.seed() * 1009 + layer);
        }
    }
}
