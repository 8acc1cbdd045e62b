package dev.millrace.inference.model;

import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.WeightFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The parts of a decoder in an open file. Remembers what was asked for: a weight that nobody asks for is a mistake. */
final class Weights {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private final WeightFile file;
    private final TensorNames names;
    private final DecoderDescription description;
    private final Set<String> used = new TreeSet<>();

    Weights(WeightFile file, TensorNames names, DecoderDescription description) {
        this.file = file;
        this.names = names;
        this.description = description;
    }

    /**
     * The tensor of a part, of the given shape. {@code layer} counts for parts that each layer has.
     *
     * @return empty where the decoder can do without and the file has none
     * @throws MalformedFileException if it is missing or has another shape
     */
    Optional<Tensor> find(Part part, int layer, long... shape) throws MalformedFileException {
        boolean required = description.required().contains(part);
        if (!required && !description.optional().contains(part)) {
            return Optional.empty();
        }
        Optional<String> name = names.name(part, layer);
        Optional<Tensor> tensor = name.map(file.tensors()::get);
        if (tensor.isEmpty()) {
            if (required) {
                throw new MalformedFileException(
                        file.path(),
                        "has no tensor \"" + name.orElseThrow() + "\", which a model of architecture "
                                + description.architecture() + " needs");
            }
            return Optional.empty();
        }
        used.add(name.orElseThrow());
        checkShape(tensor.get(), shape);
        return tensor;
    }

    /** Rows of the token embedding: files don't always say it otherwise. */
    long vocabularySize() throws MalformedFileException {
        String name = names.name(Part.TOKEN_EMBEDDING, 0).orElseThrow();
        Tensor embedding = file.tensors().get(name);
        if (embedding == null || embedding.shape().size() != 2) {
            throw new MalformedFileException(
                    file.path(), "has no tensor \"" + name + "\" of two dimensions, which every model needs");
        }
        return embedding.rows();
    }

    /** {@link #find} for a part that must be there. */
    Tensor matrix(Part part, int layer, long rows, long columns) throws MalformedFileException {
        return find(part, layer, rows, columns).orElseThrow();
    }

    /** A vector as float32, {@code offset} added to each element. */
    Optional<MemorySegment> vector(Part part, int layer, int size, float offset, Arena arena)
            throws MalformedFileException {
        Optional<Tensor> tensor = find(part, layer, size);
        if (tensor.isEmpty()) {
            return Optional.empty();
        }
        MemorySegment values = arena.allocate(4L * size, 64);
        for (int i = 0; i < size; i++) {
            values.setAtIndex(ValueLayout.JAVA_FLOAT, i, element(tensor.get(), i) + offset);
        }
        return Optional.of(values);
    }

    /**
     * Marks weights as meant to be left alone.
     *
     * @throws MalformedFileException if there are weights in the file that the decoder has no use for: computing without
     *     them would give wrong numbers that look right
     */
    void refuseUnused(Set<Part> known) throws MalformedFileException {
        for (Part part : known) {
            names.name(part, 0).ifPresent(used::add);
        }
        List<String> unused = new ArrayList<>(file.tensors().keySet());
        unused.removeAll(used);
        // tables that old converters wrote out: they are computed here
        unused.removeIf(name -> name.endsWith("rotary_emb.inv_freq"));
        if (!unused.isEmpty()) {
            throw new MalformedFileException(
                    file.path(),
                    "has " + unused.size() + " tensors that a model of architecture " + description.architecture()
                            + " has no use for: " + String.join(", ", unused.subList(0, Math.min(5, unused.size())))
                            + (unused.size() > 5 ? ", ..." : ""));
        }
    }

    private void checkShape(Tensor tensor, long... shape) throws MalformedFileException {
        List<Long> expected = Arrays.stream(shape).boxed().toList();
        if (!tensor.shape().equals(expected)) {
            throw new MalformedFileException(
                    file.path(),
                    "tensor \"" + tensor.name() + "\" has shape " + tensor.shape() + ", expected " + expected);
        }
    }

    private float element(Tensor tensor, int i) throws MalformedFileException {
        MemorySegment data = tensor.data();
        return switch (tensor.type()) {
            case F32 -> data.get(FLOAT, 4L * i);
            case F16 -> Float.float16ToFloat(data.get(SHORT, 2L * i));
            case BF16 -> Float.intBitsToFloat(data.get(SHORT, 2L * i) << 16);
            default ->
                throw new MalformedFileException(
                        file.path(),
                        "tensor \"" + tensor.name() + "\" is of type " + tensor.type() + ", expected F32, F16 or BF16");
        };
    }
}
