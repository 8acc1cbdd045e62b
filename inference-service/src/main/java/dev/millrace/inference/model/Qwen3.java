package dev.millrace.inference.model;

import java.util.List;
import java.util.Set;

/** Qwen 3: each head's queries and keys are normed. */
final class Qwen3 implements Family {
    @Override
    public List<String> architectures() {
        return List.of("qwen3");
    }

    @Override
    public Set<Part> required() {
        return Set.of(Part.QUERY_NORM, Part.KEY_NORM);
    }

    @Override
    public Set<Part> optional() {
        return Set.of(Part.QUERY_BIAS, Part.KEY_BIAS, Part.VALUE_BIAS, Part.ATTENTION_OUTPUT_BIAS);
    }
}
