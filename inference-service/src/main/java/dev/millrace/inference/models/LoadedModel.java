package dev.millrace.inference.models;

import dev.millrace.inference.model.Backend;
import dev.millrace.inference.text.Vocabulary;

/**
 * A model that is ready to compute. Owns its backend.
 *
 * @param name what requests call it
 * @param chatTemplate whether its file carries one
 * @param sampling where a request doesn't say
 */
public record LoadedModel(
        String name, Backend backend, Vocabulary vocabulary, boolean chatTemplate, SamplingDefaults sampling)
        implements AutoCloseable {
    /** The same model, sampled as {@code wish} says; where that says nothing, as before. */
    public LoadedModel sampledBy(SamplingDefaults wish) {
        return new LoadedModel(name, backend, vocabulary, chatTemplate, wish.or(sampling));
    }

    @Override
    public void close() {
        backend.close();
    }
}
