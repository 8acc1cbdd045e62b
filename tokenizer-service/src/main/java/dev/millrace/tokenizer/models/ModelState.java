package dev.millrace.tokenizer.models;

import dev.millrace.tokenizer.vocabulary.ModelTokenizer;

/** How far a model's tokenizer is. */
public sealed interface ModelState {
    record Loading() implements ModelState {}

    record Ready(ModelTokenizer tokenizer) implements ModelState {}

    /** It can't be served until the service starts anew. */
    record Failed(String reason, Cause cause) implements ModelState {}

    /** Whose fault it is that a model can't be served. */
    enum Cause {
        /** The file is sound, but its tokenizer is of a kind that we refuse. */
        UNSUPPORTED,
        /** The file can't be read. */
        UNREADABLE
    }
}
