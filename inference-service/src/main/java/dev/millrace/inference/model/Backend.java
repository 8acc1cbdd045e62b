package dev.millrace.inference.model;

/**
 * What multiplies, and where keys and values live. Everything above it (scheduler, block tables, sampling) is host data
 * and knows nothing of either. Called by the engine's thread alone.
 */
public interface Backend extends AutoCloseable {
    /** Width, vocabulary, context and the like. */
    ModelShape shape();

    /** Blocks of the cache, each of {@link #blockTokens()} tokens over all layers. */
    int blocks();

    int blockTokens();

    /** The most tokens that one step may hold. */
    int maxStepTokens();

    /**
     * Computes one step: writes the keys and values of its tokens to their blocks and returns what was asked for. The
     * result of a row is the same bit by bit whatever else is in the step.
     *
     * @return valid until the next call
     */
    StepResult forward(Step step);

    @Override
    void close();
}
