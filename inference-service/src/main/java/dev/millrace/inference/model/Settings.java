package dev.millrace.inference.model;

import dev.millrace.kernels.compute.Gate;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** What a model's file says of its shape. Every method throws if the value there is of the wrong kind. */
public interface Settings {
    /** The kinds of files: the same weights are stored a little differently in each. */
    enum Format {
        GGUF,
        HUGGING_FACE
    }

    /** What a layer's attention reaches: families rotate the two differently. */
    enum Reach {
        /** The whole sequence. */
        FULL,
        /** The latest tokens only. */
        WINDOW
    }

    Format format();

    /** {@code llama}, {@code qwen2}, ... as the file has it. */
    String architecture() throws IOException;

    /** Empty where the file doesn't say. */
    OptionalInt integer(Setting setting) throws IOException;

    /** At least 1; a file without it can't be used. */
    int required(Setting setting) throws IOException;

    /** A number that must be there. */
    double number(Setting setting) throws IOException;

    /** What each layer's attention reaches, where the file says so layer by layer. */
    Optional<List<Reach>> reaches(int layers) throws IOException;

    /** The rotary base; empty where the file leaves it to the family. */
    OptionalDouble rotaryBase(Reach reach) throws IOException;

    RotaryScaling rotaryScaling(Reach reach) throws IOException;

    /** How many of {@code headSize} elements are rotated. */
    int rotated(int headSize) throws IOException;

    /** The factor of attention's scores where the file gives one of its own: its square is one over this number. */
    OptionalDouble attentionScaleBase() throws IOException;

    /** Whether the file says that the head is the token embedding, even if it carries both. */
    boolean tiedHead() throws IOException;

    /** Throws unless the feed-forward layers' activation is {@code gate}, as far as the file says. */
    void requireGate(Gate gate) throws IOException;
}
