package dev.millrace.inference.model;

import dev.millrace.inference.model.DecoderDescription.LayerDescription;
import dev.millrace.inference.model.DecoderDescription.RotaryDescription;
import dev.millrace.kernels.compute.Attention;
import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Kernels.FeedForward;
import dev.millrace.kernels.compute.Kernels.Output;
import dev.millrace.kernels.compute.KvBlocks;
import dev.millrace.kernels.compute.KvType;
import dev.millrace.kernels.compute.Matrix;
import dev.millrace.kernels.weights.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Packs the weights of a file into a decoder's layers. Everything that it makes is owned by one arena. */
final class DecoderLoader {
    private final DecoderDescription description;
    private final Weights weights;
    private final Kernels kernels;
    private final Arena arena;
    private final int positions;
    private final Map<RotaryDescription, RotaryTable> rotaries = new HashMap<>();

    /**
     * @param positions how many positions a sequence may have
     */
    DecoderLoader(DecoderDescription description, Weights weights, Kernels kernels, int positions, Arena arena) {
        this.description = description;
        this.weights = weights;
        this.kernels = kernels;
        this.positions = positions;
        this.arena = arena;
    }

    /** One for each rotary description among the layers; known after {@link #layers}. */
    List<RotaryTable> rotaries() {
        return List.copyOf(rotaries.values());
    }

    MemorySegment finalNorm() throws IOException {
        return norm(Part.FINAL_NORM, 0, description.width()).orElseThrow();
    }

    Matrix embedding(int vocabularySize) throws IOException {
        return pack(weights.matrix(Part.TOKEN_EMBEDDING, 0, vocabularySize, description.width()));
    }

    /** Empty where the embedding is the head. */
    Optional<Matrix> head(int vocabularySize) throws IOException {
        Optional<Tensor> head = description.tiedHead()
                ? Optional.empty()
                : weights.find(Part.HEAD, 0, vocabularySize, description.width());
        return head.map(this::pack);
    }

    List<Layer> layers(KvType kvType, int blocks, int blockTokens) throws IOException {
        float[] factors = rotaryFactors();
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < description.layers().size(); i++) {
            LayerDescription layer = description.layers().get(i);
            RotaryTable rotary = rotaries.computeIfAbsent(
                    layer.rotary(), wanted -> new RotaryTable(wanted, factors, positions, arena));
            layers.add(layer(i, layer.window(), rotary, cache(kvType, blocks, blockTokens)));
        }
        return layers;
    }

    private Layer layer(int i, int window, RotaryTable rotary, KvBlocks cache) throws IOException {
        int width = description.width();
        int headSize = description.headSize();
        int queryWidth = description.heads() * headSize;
        int keyWidth = description.kvHeads() * headSize;
        int ffnWidth = description.ffnWidth();
        return new Layer(
                new Attention(
                        description.heads(), description.kvHeads(), headSize, description.attentionScale(), window),
                rotary,
                cache,
                norm(Part.ATTENTION_NORM, i, width).orElseThrow(),
                List.of(
                        pack(weights.matrix(Part.QUERY, i, queryWidth, width)),
                        pack(weights.matrix(Part.KEY, i, keyWidth, width)),
                        pack(weights.matrix(Part.VALUE, i, keyWidth, width))),
                bias(Part.QUERY_BIAS, i, queryWidth),
                bias(Part.KEY_BIAS, i, keyWidth),
                bias(Part.VALUE_BIAS, i, keyWidth),
                norm(Part.QUERY_NORM, i, headSize),
                norm(Part.KEY_NORM, i, headSize),
                new Output(
                        List.of(pack(weights.matrix(Part.ATTENTION_OUTPUT, i, width, queryWidth))),
                        bias(Part.ATTENTION_OUTPUT_BIAS, i, width),
                        norm(Part.POST_ATTENTION_NORM, i, width)),
                new FeedForward(
                        norm(Part.FFN_NORM, i, width).orElseThrow(),
                        description.epsilon(),
                        List.of(
                                pack(weights.matrix(Part.GATE, i, ffnWidth, width)),
                                pack(weights.matrix(Part.UP, i, ffnWidth, width))),
                        description.gate(),
                        List.of(pack(weights.matrix(Part.DOWN, i, width, ffnWidth))),
                        norm(Part.POST_FFN_NORM, i, width)));
    }

    private Matrix pack(Tensor tensor) {
        return kernels.pack(List.of(tensor), arena);
    }

    private Optional<MemorySegment> norm(Part part, int layer, int size) throws IOException {
        return weights.vector(part, layer, size, description.normOffset(), arena);
    }

    private Optional<MemorySegment> bias(Part part, int layer, int size) throws IOException {
        return weights.vector(part, layer, size, 0, arena);
    }

    private float[] rotaryFactors() throws IOException {
        int pairs = description.layers().getFirst().rotary().rotated() / 2;
        return weights.vector(Part.ROTARY_FACTORS, 0, pairs, 0, arena)
                .map(factors -> factors.toArray(ValueLayout.JAVA_FLOAT))
                .orElse(new float[0]);
    }

    private KvBlocks cache(KvType type, int blocks, int blockTokens) {
        long bytes = KvBlocks.bytes(type, blocks, blockTokens, description.kvHeads(), description.headSize());
        return new KvBlocks(
                type,
                blocks,
                blockTokens,
                description.kvHeads(),
                description.headSize(),
                arena.allocate(bytes),
                arena.allocate(bytes));
    }
}
