package dev.millrace.inference.model;

import static dev.millrace.inference.model.Part.*;

import dev.millrace.inference.model.DecoderDescription.LayerDescription;
import dev.millrace.inference.model.DecoderDescription.RotaryDescription;
import dev.millrace.inference.model.Settings.Format;
import dev.millrace.inference.model.Settings.Reach;
import dev.millrace.kernels.compute.Gate;
import dev.millrace.kernels.compute.Rotary.Layout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An architecture: which weights it has, what Hugging Face calls them, and what is special about it. A new one is a
 * class that overrides what differs, a place in {@link #all}, and a test with a tiny model of it.
 */
interface Family {
    /** Weights that every family has. */
    Set<Part> EVERYWHERE = Collections.unmodifiableSet(EnumSet.of(
            TOKEN_EMBEDDING,
            FINAL_NORM,
            ATTENTION_NORM,
            QUERY,
            KEY,
            VALUE,
            ATTENTION_OUTPUT,
            FFN_NORM,
            GATE,
            UP,
            DOWN));

    static List<Family> all() {
        return List.of(new Llama(), new Qwen2(), new Qwen3(), new Gemma3());
    }

    /** The family of an architecture, as GGUF or config.json name it. */
    static Optional<Family> of(String architecture) {
        return all().stream()
                .filter(family -> family.architectures().contains(architecture))
                .findFirst();
    }

    /** All names that {@link #of} knows. */
    static List<String> supported() {
        return all().stream().flatMap(family -> family.architectures().stream()).toList();
    }

    /** The names that GGUF's {@code general.architecture} and config.json's {@code model_type} give it. */
    List<String> architectures();

    /** Weights that it has besides those that every family has. */
    Set<Part> required();

    /** Weights that count if they are in the file; the head is always one of them. */
    default Set<Part> optional() {
        return Set.of();
    }

    default TensorNames huggingFaceNames() {
        return TensorNames.HUGGING_FACE;
    }

    default Layout layout(Format format) {
        return Layout.HALVES;
    }

    default Gate gate() {
        return Gate.SILU;
    }

    /** What token embeddings are multiplied with. */
    default float embeddingScale(int width) {
        return 1;
    }

    /** What is added to the weights of norms. */
    default float normOffset(Format format) {
        return 0;
    }

    /** Where a window is given and the file doesn't say which layers have it. */
    default List<Reach> reaches(int layers) {
        return Collections.nCopies(layers, Reach.WINDOW);
    }

    /** Where the file doesn't say. */
    default double rotaryBase(Reach reach) {
        return 10_000;
    }

    /** What the two kinds of files call its weights. */
    default TensorNames names(Format format) {
        return format == Format.GGUF ? TensorNames.GGUF : huggingFaceNames();
    }

    /** What the file says, and the family's own ways where it says nothing. */
    default DecoderDescription describe(Settings settings) throws IOException {
        int width = settings.required(Setting.WIDTH);
        int layers = settings.required(Setting.LAYERS);
        int heads = settings.required(Setting.HEADS);
        int headSize = settings.integer(Setting.HEAD_SIZE).orElse(width / heads);
        settings.requireGate(gate());
        EnumSet<Part> everything = EnumSet.copyOf(EVERYWHERE);
        everything.addAll(required());
        if (settings.format() == Format.HUGGING_FACE && !settings.tiedHead()) {
            everything.add(HEAD);
        }
        EnumSet<Part> possible = EnumSet.of(HEAD);
        possible.addAll(optional());
        return new DecoderDescription(
                settings.architecture(),
                width,
                settings.required(Setting.FFN_WIDTH),
                settings.required(Setting.CONTEXT),
                heads,
                settings.integer(Setting.KV_HEADS).orElse(heads),
                headSize,
                (float) (1 / Math.sqrt(settings.attentionScaleBase().orElse(headSize))),
                layers(settings, layers, headSize),
                (float) settings.number(Setting.EPSILON),
                normOffset(settings.format()),
                gate(),
                embeddingScale(width),
                settings.tiedHead(),
                everything,
                possible);
    }

    private List<LayerDescription> layers(Settings settings, int layers, int headSize) throws IOException {
        int window = settings.integer(Setting.WINDOW).orElse(0);
        List<Reach> reaches = window == 0 ? List.of() : settings.reaches(layers).orElseGet(() -> reaches(layers));
        List<LayerDescription> descriptions = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            Reach reach = window == 0 ? Reach.FULL : reaches.get(i);
            descriptions.add(new LayerDescription(
                    reach == Reach.FULL ? 0 : window,
                    new RotaryDescription(
                            layout(settings.format()),
                            settings.rotated(headSize),
                            settings.rotaryBase(reach).orElse(rotaryBase(reach)),
                            settings.rotaryScaling(reach))));
        }
        return descriptions;
    }
}
