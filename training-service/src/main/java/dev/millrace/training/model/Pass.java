package dev.millrace.training.model;

import dev.millrace.training.torch.Scope;
import java.util.Optional;

/**
 * What all layers of one pass share.
 *
 * @param trained none for the model as it was
 * @param runs of neighbouring sequences of one length: start, sequences and length of each run
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Pass(Optional<Trained> trained, PassSettings settings, long[] runs) {
    Optional<Parameter> parameter(String name) {
        return trained.flatMap(known -> known.parameter(name));
    }

    /** The adapter, if one is trained. */
    Optional<LoraAdapter> lora() {
        return trained.filter(LoraAdapter.class::isInstance).map(LoraAdapter.class::cast);
    }

    double dropout() {
        return settings.training()
                ? lora().map(known -> known.settings().dropout()).orElse(0.0)
                : 0;
    }

    /** A layer's draws depend on the pass and the layer alone, so it may be computed again. */
    void seed(int layer) {
        if (dropout() > 0) {
            Scope.seed(settings.seed() * 1009 + layer);
        }
    }
}
