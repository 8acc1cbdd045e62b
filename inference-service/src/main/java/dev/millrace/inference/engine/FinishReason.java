package dev.millrace.inference.engine;

import java.util.Optional;
import java.util.OptionalInt;

/** Why an answer ended. */
public sealed interface FinishReason {
    /** The model's end token or a stop id. */
    record StopId(int id) implements FinishReason {}

    record StopString(String string) implements FinishReason {}

    /** {@code max_tokens}, or the context's end. */
    record Length() implements FinishReason {}

    default OptionalInt stopId() {
        return this instanceof StopId(int id) ? OptionalInt.of(id) : OptionalInt.empty();
    }

    default Optional<String> stopString() {
        return this instanceof StopString(String string) ? Optional.of(string) : Optional.empty();
    }
}
