package dev.millrace.inference.model;

import dev.millrace.inference.model.BackendOptions.CacheSize;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.KvBlocks;
import dev.millrace.kernels.compute.Matrix;
import dev.millrace.kernels.compute.TokenBatch;
import dev.millrace.kernels.weights.AvailableMemory;
import dev.millrace.kernels.weights.MalformedFileException;
import dev.millrace.kernels.weights.Tensor;
import dev.millrace.kernels.weights.TensorType;
import dev.millrace.kernels.weights.WeightFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A decoder whose weights, keys and values lie in this process's memory, and that this machine's cores compute. */
public final class CpuBackend implements Backend {
    private final ModelShape shape;
    private final int blocks;
    private final int blockTokens;
    private final int maxStepTokens;
    private final Decoder decoder;
    private final List<RotaryTable> rotaries;
    private final DecoderDescription description;
    private final TensorNames adapterNames;
    private final Arena arena;

    private CpuBackend(
            ModelShape shape,
            int blocks,
            BackendOptions options,
            Decoder decoder,
            List<RotaryTable> rotaries,
            DecoderDescription description,
            TensorNames adapterNames,
            Arena arena) {
        this.shape = shape;
        this.blocks = blocks;
        this.blockTokens = options.blockTokens();
        this.maxStepTokens = options.maxStepTokens();
        this.decoder = decoder;
        this.rotaries = rotaries;
        this.description = description;
        this.adapterNames = adapterNames;
        this.arena = arena;
    }

    /**
     * Packs the model of an open file. The file may be closed afterwards: nothing of it is kept.
     *
     * @param kernels what multiplies; stays the caller's
     * @throws UnsupportedModelException if there is no such architecture here
     * @throws MalformedFileException if weights are missing, left over, or of the wrong shape
     * @throws InsufficientMemoryException if it doesn't fit
     */
    @SuppressWarnings("MustBeClosedChecker") // the arena is the backend's, which closes it
    public static CpuBackend open(WeightFile file, Settings settings, Kernels kernels, BackendOptions options)
            throws IOException {
        String architecture = settings.architecture();
        Family family = Family.of(architecture)
                .orElseThrow(() -> new UnsupportedModelException(
                        file.path(),
                        "is of architecture \"" + architecture + "\", supported are "
                                + String.join(", ", Family.supported())));
        DecoderDescription description = family.describe(settings);
        Weights weights = new Weights(file, family.names(settings.format()), description);
        int blocks = blocks(description, options);
        requireMemory(file, description, options, blocks);
        Arena arena = new SlabArena();
        try {
            return load(file, description, family, weights, kernels, options, blocks, arena);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static CpuBackend load(
            WeightFile file,
            DecoderDescription description,
            Family family,
            Weights weights,
            Kernels kernels,
            BackendOptions options,
            int blocks,
            Arena arena)
            throws IOException {
        int context =
                Math.min(description.contextTokens(), options.contextLimit().orElse(description.contextTokens()));
        int vocabularySize = Math.toIntExact(weights.vocabularySize());
        DecoderLoader loader = new DecoderLoader(description, weights, kernels, context, arena);
        Matrix embedding = loader.embedding(vocabularySize);
        Matrix head = loader.head(vocabularySize).orElse(embedding);
        MemorySegment finalNorm = loader.finalNorm();
        List<Layer> layers = loader.layers(options.kvType(), blocks, options.blockTokens());
        // a head that is tied may lie in the file a second time
        weights.refuseUnused(description.tiedHead() ? Set.of(Part.HEAD) : Set.of());
        Scratch scratch = new Scratch(description, vocabularySize, options.maxStepTokens(), arena);
        LowRankProducts lowRank =
                new LowRankProducts(kernels, options.maxStepTokens(), Scratch.widest(description), arena);
        Decoder decoder = new Decoder(description, kernels, embedding, layers, finalNorm, head, scratch, lowRank);
        ModelShape shape = new ModelShape(
                description.architecture(),
                quantization(file),
                file.tensors().values().stream().mapToLong(Tensor::elements).sum(),
                context,
                vocabularySize,
                description.width());
        return new CpuBackend(
                shape, blocks, options, decoder, loader.rotaries(), description, family.huggingFaceNames(), arena);
    }

    @Override
    public ModelShape shape() {
        return shape;
    }

    @Override
    public int blocks() {
        return blocks;
    }

    @Override
    public int blockTokens() {
        return blockTokens;
    }

    @Override
    public int maxStepTokens() {
        return maxStepTokens;
    }

    @Override
    public StepResult forward(Step step) {
        TokenBatch batch = step.batch();
        if (batch.tokens() < 1 || batch.tokens() > maxStepTokens) {
            throw new IllegalArgumentException(
                    "a step holds 1 to " + maxStepTokens + " tokens, was given " + batch.tokens());
        }
        int last = 0;
        for (int i = 0; i < batch.tokens(); i++) {
            last = Math.max(last, batch.position()[i]);
        }
        if (last >= shape.contextTokens()) {
            throw new IllegalArgumentException("positions end before " + shape.contextTokens() + ", was given " + last);
        }
        for (int i = 0; i < rotaries.size(); i++) {
            rotaries.get(i).reach(last);
        }
        return decoder.forward(step);
    }

    @Override
    public void copy(int from, int to) {
        decoder.copy(from, to);
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker") // the arena is the adapter's, which closes it
    public Adapter adapter(WeightFile file, AdapterSettings settings, String digest, Kernels packing)
            throws IOException {
        long bytes = bytes(file);
        long available = AvailableMemory.bytes();
        if (bytes > available) {
            throw new InsufficientMemoryException(file.path(), bytes, 0, 0, available);
        }
        Arena memory = new SlabArena();
        try {
            AdapterLoader loader =
                    new AdapterLoader(description, adapterNames, file, settings, decoder::matrix, packing, memory);
            return new Adapter(digest, settings.rank(), loader.load(), memory);
        } catch (IOException | RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    private static long bytes(WeightFile file) {
        return file.tensors().values().stream()
                .map(Tensor::data)
                .mapToLong(MemorySegment::byteSize)
                .sum();
    }

    private static int blocks(DecoderDescription description, BackendOptions options) {
        long blocks = switch (options.cache()) {
            case CacheSize.Tokens(long tokens) -> tokens / options.blockTokens();
            case CacheSize.Bytes(long bytes) -> bytes / blockBytes(description, options);
        };
        if (blocks < 1) {
            throw new IllegalArgumentException(options.cache() + " holds no block of " + options.blockTokens()
                    + " tokens, which takes " + blockBytes(description, options) + " bytes");
        }
        return (int) Math.min(blocks, Integer.MAX_VALUE / options.blockTokens());
    }

    /** Of keys and values, over all layers. */
    private static long blockBytes(DecoderDescription description, BackendOptions options) {
        return 2L
                * description.layers().size()
                * KvBlocks.bytes(
                        options.kvType(), 1, options.blockTokens(), description.kvHeads(), description.headSize());
    }

    private static void requireMemory(
            WeightFile file, DecoderDescription description, BackendOptions options, int blocks)
            throws InsufficientMemoryException {
        long weights = bytes(file);
        long cache = blocks * blockBytes(description, options);
        long scratch = Scratch.bytes(description, options.maxStepTokens());
        long available = AvailableMemory.bytes();
        if (weights + cache + scratch > available) {
            throw new InsufficientMemoryException(file.path(), weights, cache, scratch, available);
        }
    }

    /** The type that most weights are stored in. */
    private static String quantization(WeightFile file) {
        Map<TensorType, Long> elements = new EnumMap<>(TensorType.class);
        file.tensors().values().forEach(tensor -> elements.merge(tensor.type(), tensor.elements(), Long::sum));
        return elements.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(entry -> entry.getKey().name())
                .orElseThrow();
    }
}
