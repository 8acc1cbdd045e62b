package dev.millrace.training.model;

import dev.millrace.training.model.ModelConfig.Gate;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The architectures that can be trained, and what tells them apart beyond the numbers in their files. */
enum Architecture {
    LLAMA(Gate.SILU, false, false),
    QWEN2(Gate.SILU, false, false),
    QWEN3(Gate.SILU, true, false),
    GEMMA3(Gate.GELU_TANH, true, true);

    private final Gate gate;
    private final boolean headNorms;
    private final boolean postNorms;

    Architecture(Gate gate, boolean headNorms, boolean postNorms) {
        this.gate = gate;
        this.headNorms = headNorms;
        this.postNorms = postNorms;
    }

    static Architecture of(Path path, String name) throws UnsupportedModelException {
        return switch (name) {
            case "llama", "mistral" -> LLAMA;
            case "qwen2" -> QWEN2;
            case "qwen3" -> QWEN3;
            case "gemma3", "gemma3_text" -> GEMMA3;
            default ->
                throw new UnsupportedModelException(
                        path,
                        "is of the architecture \"" + name + "\", those that can be trained are "
                                + Arrays.stream(values())
                                        .map(known -> known.name().toLowerCase(java.util.Locale.ROOT))
                                        .collect(Collectors.joining(", ")));
        };
    }

    Gate gate() {
        return gate;
    }

    boolean headNorms() {
        return headNorms;
    }

    boolean postNorms() {
        return postNorms;
    }

    double embeddingScale(int width) {
        // transformers rounds it to float32 before it multiplies
        return this == GEMMA3 ? (float) Math.sqrt(width) : 1;
    }

    /** Whether a layer has the window, where a window is given and the file doesn't say which layers have it. */
    boolean windowed(int layer) {
        return this != GEMMA3 || layer % 6 != 5;
    }

    /** Of the layers with a window, where the file doesn't say. */
    double windowedBase(double base) {
        return this == GEMMA3 ? 10_000 : base;
    }
}
