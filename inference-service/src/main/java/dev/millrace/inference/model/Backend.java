package dev.millrace.inference.model;

import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.WeightFile;
import java.io.IOException;

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

    /** Makes the keys and values of a block those of another, in all layers. Called between steps. */
    void copy(int from, int to);

    /**
     * Makes an adapter ready that steps may be computed with. May be called by any thread, beside steps. The file may be
     * closed afterwards.
     *
     * @param digest names the adapter's content
     * @param packing kernels of the provider that the model is computed with, but not those: they belong to the steps
     * @return the caller's to close
     * @throws MalformedFileException if its matrices are not for this model
     * @throws InsufficientMemoryException if it doesn't fit
     */
    Adapter adapter(WeightFile file, AdapterSettings settings, String digest, Kernels packing) throws IOException;

    @Override
    void close();
}
