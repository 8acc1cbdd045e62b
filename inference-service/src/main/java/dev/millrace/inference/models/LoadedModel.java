package dev.millrace.inference.models;

import dev.millrace.inference.model.Backend;
import dev.millrace.inference.text.Vocabulary;

/**
 * A model that is ready to compute. Owns its backend.
 *
 * @param name what requests call it
 * @param chatTemplate whether its file carries one
 */
public record LoadedModel(String name, Backend backend, Vocabulary vocabulary, boolean chatTemplate)
        implements AutoCloseable {
    @Override
    public void close() {
        backend.close();
    }
}
