package dev.millrace.inference.model;

import dev.millrace.inference.model.Settings.Format;
import dev.millrace.inference.model.Settings.Reach;
import dev.millrace.kernels.compute.Gate;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Gemma 3's text model: norms on both sides, five layers of six with a window and a rotary base of their own. */
final class Gemma3 implements Family {
    @Override
    public List<String> architectures() {
        return List.of("gemma3", "gemma3_text");
    }

    @Override
    public Set<Part> required() {
        return Set.of(Part.QUERY_NORM, Part.KEY_NORM, Part.POST_ATTENTION_NORM, Part.POST_FFN_NORM);
    }

    @Override
    public TensorNames huggingFaceNames() {
        return TensorNames.HUGGING_FACE_GEMMA;
    }

    @Override
    public Gate gate() {
        return Gate.GELU_TANH;
    }

    @Override
    public float embeddingScale(int width) {
        return (float) Math.sqrt(width);
    }

    /** Transformers multiplies with one more than the stored weight; converters to GGUF add that one. */
    @Override
    public float normOffset(Format format) {
        return format == Format.GGUF ? 0 : 1;
    }

    @Override
    public List<Reach> reaches(int layers) {
        return IntStream.range(0, layers)
                .mapToObj(layer -> layer % 6 == 5 ? Reach.FULL : Reach.WINDOW)
                .toList();
    }

    @Override
    public double rotaryBase(Reach reach) {
        return reach == Reach.FULL ? 1_000_000 : 10_000;
    }
}
