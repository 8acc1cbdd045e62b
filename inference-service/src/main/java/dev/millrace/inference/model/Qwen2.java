package dev.millrace.inference.model;

import java.util.List;
import java.util.Set;

/** Qwen 2 and 2.5: biases on queries, keys and values. */
final class Qwen2 implements Family {
    @Override
    public List<String> architectures() {
        return List.of("qwen2");
    }

    @Override
    public Set<Part> required() {
        return Set.of(Part.QUERY_BIAS, Part.KEY_BIAS, Part.VALUE_BIAS);
    }
}
