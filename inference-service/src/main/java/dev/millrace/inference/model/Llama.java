package dev.millrace.inference.model;

import dev.millrace.inference.model.Settings.Format;
import dev.millrace.kernels.compute.Rotary.Layout;
import java.util.List;
import java.util.Set;

/** Llama 1 to 3, SmolLM2, and Mistral with its sliding window. Converters to GGUF permute its queries and keys. */
final class Llama implements Family {
    @Override
    public List<String> architectures() {
        return List.of("llama", "mistral");
    }

    @Override
    public Set<Part> required() {
        return Set.of();
    }

    @Override
    public Set<Part> optional() {
        return Set.of(Part.ROTARY_FACTORS, Part.QUERY_BIAS, Part.KEY_BIAS, Part.VALUE_BIAS, Part.ATTENTION_OUTPUT_BIAS);
    }

    @Override
    public Layout layout(Format format) {
        return format == Format.GGUF ? Layout.ADJACENT : Layout.HALVES;
    }
}
