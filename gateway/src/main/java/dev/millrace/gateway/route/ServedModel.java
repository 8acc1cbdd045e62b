package dev.millrace.gateway.route;

import java.time.Instant;
import java.util.Optional;

/**
 * A model as a replica tells of it.
 *
 * @param reason why it failed; empty where it did not
 * @param contextTokens prompt and answer together
 * @param blockTokens tokens of one cache block: prefixes are compared in these steps
 * @param parent the base model of an adapter
 */
public record ServedModel(
        String name,
        State state,
        String reason,
        int contextTokens,
        int width,
        int vocabularySize,
        int blockTokens,
        Instant createdAt,
        Optional<String> parent,
        boolean hasChatTemplate) {
    public enum State {
        LOADING,
        READY,
        FAILED
    }

    /** The model whose tokenizer and chat template are its own: an adapter's are its parent's. */
    public String tokenizer() {
        return parent.orElse(name);
    }

    /** The same model, where its replica has stopped answering. */
    ServedModel outOfReach() {
        return new ServedModel(
                name,
                State.LOADING,
                reason,
                contextTokens,
                width,
                vocabularySize,
                blockTokens,
                createdAt,
                parent,
                hasChatTemplate);
    }
}
