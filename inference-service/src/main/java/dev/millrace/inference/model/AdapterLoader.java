package dev.millrace.inference.model;

import dev.millrace.inference.model.Adapter.LowRank;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Matrix;
import dev.millrace.kernels.compute.Rotary;
import dev.millrace.kernels.quant.RowWidener;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.WeightFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Packs the matrices of an adapter's file, which PEFT has named, for one decoder. */
final class AdapterLoader {
    private static final String PREFIX = "base_model.model.";
    private static final String WEIGHT = ".weight";

    private final DecoderDescription description;
    private final TensorNames names;
    private final WeightFile file;
    private final AdapterSettings settings;
    private final BaseMatrices base;
    private final Kernels kernels;
    private final Arena arena;
    private final Set<String> used = new HashSet<>();

    /** The model's own matrices, as its kernels' provider has packed them. */
    interface BaseMatrices {
        Matrix of(int layer, Part part);
    }

    /**
     * @param names Hugging Face's for the family
     * @param base whose rows DoRA's magnitudes are of
     * @param arena gets the packed matrices
     */
    AdapterLoader(
            DecoderDescription description,
            TensorNames names,
            WeightFile file,
            AdapterSettings settings,
            BaseMatrices base,
            Kernels kernels,
            Arena arena) {
        this.description = description;
        this.names = names;
        this.file = file;
        this.settings = settings;
        this.base = base;
        this.kernels = kernels;
        this.arena = arena;
    }

    /** @throws MalformedFileException if matrices are missing, left over, or of the wrong shape */
    List<Map<Part, LowRank>> load() throws IOException {
        List<Map<Part, LowRank>> layers = new ArrayList<>();
        for (int layer = 0; layer < description.layers().size(); layer++) {
            Map<Part, LowRank> matrices = new EnumMap<>(Part.class);
            for (String target : AdapterSettings.TARGETS) {
                Part part = AdapterSettings.PARTS.get(target);
                if (part != null && settings.targets().contains(target)) {
                    Optional<LowRank> pair = pair(layer, part);
                    pair.ifPresent(found -> matrices.put(part, found));
                }
            }
            layers.add(matrices);
        }
        refuseUnused();
        return layers;
    }

    private Optional<LowRank> pair(int layer, Part part) throws IOException {
        String module = PREFIX + names.name(part, layer).orElseThrow().replace(WEIGHT, "");
        String nameOfA = module + ".lora_A" + WEIGHT;
        String nameOfB = module + ".lora_B" + WEIGHT;
        if (!settings.complete()
                && !file.tensors().containsKey(nameOfA)
                && !file.tensors().containsKey(nameOfB)) {
            return Optional.empty();
        }
        Tensor a = tensor(nameOfA, (long) settings.rank(), inputs(part));
        Tensor b = tensor(nameOfB, outputs(part), (long) settings.rank());
        Optional<float[]> factors = settings.stretched()
                ? Optional.of(factors(layer, part, a, b, tensor(module + ".lora_magnitude_vector", outputs(part))))
                : Optional.empty();
        return Optional.of(new LowRank(pack(a), packOutputs(b, layer, part), settings.scale(), factors));
    }

    /** Magnitudes over the lengths of the rows of W + scale * B A, in the order in which the model has its rows. */
    private float[] factors(int layer, Part part, Tensor a, Tensor b, Tensor magnitudes) {
        Matrix weights = base.of(layer, part);
        float[] down = RowWidener.widen(a);
        float[] up = RowWidener.widen(b);
        float[] lengths = RowWidener.widen(magnitudes);
        int columns = weights.columns();
        float[] factors = new float[weights.rows()];
        boolean turned = isTurned(layer, part);
        try (Arena rows = Arena.ofShared()) {
            MemorySegment gathered = rows.allocate(4L * columns, 64);
            float[] row = new float[columns];
            for (int at = 0; at < factors.length; at++) {
                kernels.gather(weights, new int[] {at}, 1, gathered);
                MemorySegment.copy(gathered, ValueLayout.JAVA_FLOAT, 0, row, 0, columns);
                int place = turned ? (int) placeOf(at) : at;
                factors[at] = (float) (lengths[place] / length(row, up, place * settings.rank(), down));
            }
        }
        return factors;
    }

    /** Of a row of W + scale * B A. */
    private double length(float[] row, float[] up, int upStart, float[] down) {
        for (int r = 0; r < settings.rank(); r++) {
            float factor = settings.scale() * up[upStart + r];
            int start = r * row.length;
            for (int column = 0; column < row.length; column++) {
                row[column] += factor * down[start + column];
            }
        }
        double squares = 0;
        for (float value : row) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    private Tensor tensor(String name, Long... shape) throws MalformedFileException {
        Tensor tensor = file.tensor(name);
        if (!tensor.shape().equals(List.of(shape))) {
            throw new MalformedFileException(
                    file.path(),
                    "tensor \"" + name + "\" has shape " + tensor.shape() + ", expected " + List.of(shape)
                            + " for a model of architecture " + description.architecture() + " and rank "
                            + settings.rank());
        }
        used.add(name);
        return tensor;
    }

    private Matrix pack(Tensor tensor) {
        return kernels.pack(List.of(tensor), arena);
    }

    /** Whether the model has a part's rows in another order than the adapter. */
    private boolean isTurned(int layer, Part part) {
        boolean rotated = part == Part.QUERY || part == Part.KEY;
        return rotated && description.layers().get(layer).rotary().layout() != Rotary.Layout.HALVES;
    }

    /** Which of the adapter's rows stands at {@code row} of a turned matrix. */
    private long placeOf(long row) {
        int headSize = description.headSize();
        long head = row / headSize;
        long place = row % headSize;
        return head * headSize + place % 2 * (headSize / 2) + place / 2;
    }

    private Matrix packOutputs(Tensor b, int layer, Part part) {
        if (!isTurned(layer, part)) {
            return pack(b);
        }
        try (Arena copies = Arena.ofShared()) {
            MemorySegment rows = neighbours(b, copies);
            return pack(new Tensor(b.name(), b.type(), b.shape(), rows));
        }
    }

    /**
     * The rows of a query's or key's matrix as converters to GGUF order them: what is rotated together stands side by
     * side, and not half a head apart.
     */
    private MemorySegment neighbours(Tensor b, Arena copies) {
        long rowBytes = b.data().byteSize() / b.rows();
        MemorySegment permuted = copies.allocate(b.data().byteSize());
        for (long row = 0; row < b.rows(); row++) {
            MemorySegment.copy(b.data(), placeOf(row) * rowBytes, permuted, row * rowBytes, rowBytes);
        }
        return permuted;
    }

    private long inputs(Part part) {
        return switch (part) {
            case ATTENTION_OUTPUT -> (long) description.heads() * description.headSize();
            case DOWN -> description.ffnWidth();
            default -> description.width();
        };
    }

    private long outputs(Part part) {
        return switch (part) {
            case QUERY -> (long) description.heads() * description.headSize();
            case KEY, VALUE -> (long) description.kvHeads() * description.headSize();
            case GATE, UP -> description.ffnWidth();
            default -> description.width();
        };
    }

    private void refuseUnused() throws MalformedFileException {
        List<String> unused = new ArrayList<>(file.tensors().keySet());
        unused.removeAll(used);
        if (!unused.isEmpty()) {
            throw new MalformedFileException(
                    file.path(),
                    "has " + unused.size() + " tensors that an adapter of " + settings.targets()
                            + " has no use for: " + String.join(", ", unused.subList(0, Math.min(5, unused.size())))
                            + (unused.size() > 5 ? ", ..." : ""));
        }
    }
}
