package dev.millrace.inference.models;

import dev.millrace.inference.model.Adapter;
import java.util.List;

/** Where a model is on its way to be served. */
public sealed interface ModelState {
    record Loading() implements ModelState {}

    record Ready(ServedModel model) implements ModelState {}

    /**
     * An adapter of a model that is ready; computed by the model's engine.
     *
     * @param createdAtSeconds when it was loaded, in seconds since 1970
     */
    record Adapted(ServedModel model, Adapter adapter, long createdAtSeconds) implements ModelState {}

    /** It can't be loaded; {@code reason} says why, and what would be right. */
    record Failed(String reason) implements ModelState {}

    /** There is none of that name, but these. */
    record Unknown(List<String> known) implements ModelState {}
}
