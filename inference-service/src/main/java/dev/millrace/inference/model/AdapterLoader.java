package dev.millrace.inference.model;

import dev.millrace.inference.model.Adapter.LowRank;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Matrix;
import dev.millrace.kernels.compute.Rotary;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.WeightFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
    private final Kernels kernels;
    private final Arena arena;
    private final Set<String> used = new HashSet<>();

    /**
     * @param names Hugging Face's for the family
     * @param arena gets the packed matrices
     */
    AdapterLoader(
            DecoderDescription description,
            TensorNames names,
            WeightFile file,
            AdapterSettings settings,
            Kernels kernels,
            Arena arena) {
        this.description = description;
        this.names = names;
        this.file = file;
        this.settings = settings;
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
        Tensor a = tensor(nameOfA, settings.rank(), inputs(part));
        Tensor b = tensor(nameOfB, outputs(part), settings.rank());
        return Optional.of(new LowRank(pack(a), packOutputs(b, layer, part), settings.scale()));
    }

    private Tensor tensor(String name, long rows, long columns) throws MalformedFileException {
        Tensor tensor = file.tensor(name);
        if (!tensor.shape().equals(List.of(rows, columns))) {
            throw new MalformedFileException(
                    file.path(),
                    "tensor \"" + name + "\" has shape " + tensor.shape() + ", expected " + List.of(rows, columns)
                            + " for a model of architecture " + description.architecture() + " and rank "
                            + settings.rank());
        }
        used.add(name);
        return tensor;
    }

    private Matrix pack(Tensor tensor) {
        return kernels.pack(List.of(tensor), arena);
    }

    private Matrix packOutputs(Tensor b, int layer, Part part) {
        boolean rotated = part == Part.QUERY || part == Part.KEY;
        if (!rotated || description.layers().get(layer).rotary().layout() == Rotary.Layout.HALVES) {
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
        int headSize = description.headSize();
        int half = headSize / 2;
        MemorySegment permuted = copies.allocate(b.data().byteSize());
        for (long row = 0; row < b.rows(); row++) {
            long head = row / headSize;
            long place = row % headSize;
            long from = head * headSize + place % 2 * half + place / 2;
            MemorySegment.copy(b.data(), from * rowBytes, permuted, row * rowBytes, rowBytes);
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
