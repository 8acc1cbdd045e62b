package dev.millrace.inference.model;

import dev.millrace.kernels.compute.Kernels;
import dev.millrace.kernels.compute.Kernels.FeedForward;
import dev.millrace.kernels.compute.Kernels.Output;
import dev.millrace.kernels.compute.Matrix;
import dev.millrace.kernels.compute.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A transformer's decoder, as every supported family has it: token embeddings, layers of attention and a gated
 * feed-forward network, a last norm, and the head that turns hidden states into logits.
 *
 * <pre>
 *   x += [norm] attention(norm x)
 *   x += [norm] down(act(gate(norm x)) * up(norm x))
 * </pre>
 *
 * <p>A step without adapters allocates nothing.
 */
final class Decoder {
    // matrices that share an input
    private static final List<Part> QUERY_KEY_VALUE = List.of(Part.QUERY, Part.KEY, Part.VALUE);
    private static final List<Part> OUTPUT = List.of(Part.ATTENTION_OUTPUT);
    private static final List<Part> GATE_UP = List.of(Part.GATE, Part.UP);
    private static final List<Part> DOWN = List.of(Part.DOWN);

    private final DecoderDescription description;
    private final Kernels kernels;
    private final Matrix embedding;
    private final List<Layer> layers;
    private final MemorySegment finalNorm;
    private final List<Matrix> head;
    private final Scratch scratch;
    private final LowRankProducts lowRank;
    private final StepResult result;
    private final int[] embeddedIds;

    /**
     * @param embedding [vocabulary, width]
     * @param head [vocabulary, width]; may be {@code embedding}
     */
    Decoder(
            DecoderDescription description,
            Kernels kernels,
            Matrix embedding,
            List<Layer> layers,
            MemorySegment finalNorm,
            Matrix head,
            Scratch scratch,
            LowRankProducts lowRank) {
        this.description = description;
        this.kernels = kernels;
        this.embedding = embedding;
        this.layers = List.copyOf(layers);
        this.finalNorm = finalNorm;
        this.head = List.of(head);
        this.scratch = scratch;
        this.lowRank = lowRank;
        this.result = new StepResult(scratch.logits, scratch.hidden);
        this.embeddedIds = new int[scratch.tokens];
    }

    /** One of a layer's own matrices. */
    Matrix matrix(int layer, Part part) {
        Layer of = layers.get(layer);
        return switch (part) {
            case QUERY, KEY, VALUE -> of.queryKeyValue().get(QUERY_KEY_VALUE.indexOf(part));
            case ATTENTION_OUTPUT -> of.output().weights().getFirst();
            case GATE, UP -> of.feedForward().gateUp().get(GATE_UP.indexOf(part));
            case DOWN -> of.feedForward().down().getFirst();
            default -> throw new IllegalArgumentException(part + " is no matrix that an adapter may stand beside");
        };
    }

    StepResult forward(Step step) {
        TokenBatch batch = step.batch();
        embed(step);
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            int tokens = batch.tokens();
            attention(i, layer, batch, step.adapted());
            // an adapter adds to what is between the calls
            if (!step.adapted().isEmpty()
                    || !kernels.afterAttention(
                            scratch.attended, layer.output(), layer.feedForward(), scratch.x, tokens)) {
                output(i, layer.output(), tokens, step.adapted());
                feedForward(i, layer.feedForward(), tokens, step.adapted());
            }
        }
        if (step.hiddenCount() > 0) {
            normRows(step.hiddenRows(), step.hiddenCount(), scratch.hidden);
        }
        if (step.logitsCount() > 0) {
            normRows(step.logitsRows(), step.logitsCount(), scratch.normed);
            kernels.multiply(scratch.normed, step.logitsCount(), head, scratch.toLogits);
        }
        return result;
    }

    /** Makes the keys and values of a block those of another. */
    void copy(int from, int to) {
        for (Layer layer : layers) {
            layer.cache().copy(from, to);
        }
    }

    private void embed(Step step) {
        int tokens = step.batch().tokens();
        kernels.gather(embedding, step.embeddings().isEmpty() ? step.ids() : lookUpIds(step), tokens, scratch.x);
        if (description.embeddingScale() != 1) {
            kernels.scale(scratch.x, (long) tokens * description.width(), description.embeddingScale());
        }
        // after the scale: what others encoded comes in the size that layers expect
        List<Step.Embedded> embeddings = step.embeddings();
        long rowBytes = 4L * description.width();
        for (int i = 0; i < embeddings.size(); i++) {
            Step.Embedded embedded = embeddings.get(i);
            MemorySegment.copy(embedded.values(), 0, scratch.x, embedded.row() * rowBytes, rowBytes);
        }
    }

    /** The ids of a step; where an embedding stands in, its meaningless id is replaced by one that can be looked up. */
    private int[] lookUpIds(Step step) {
        System.arraycopy(step.ids(), 0, embeddedIds, 0, step.batch().tokens());
        List<Step.Embedded> embeddings = step.embeddings();
        for (int i = 0; i < embeddings.size(); i++) {
            embeddedIds[embeddings.get(i).row()] = 0;
        }
        return embeddedIds;
    }

    private void attention(int index, Layer layer, TokenBatch batch, List<Step.Adapted> adapted) {
        int tokens = batch.tokens();
        int heads = description.heads();
        int kvHeads = description.kvHeads();
        int headSize = description.headSize();
        float epsilon = description.epsilon();
        kernels.rmsNorm(scratch.x, tokens, description.width(), layer.attentionNorm(), epsilon, scratch.normed);
        kernels.multiply(scratch.normed, tokens, layer.queryKeyValue(), scratch.queryKeyValue);
        adapt(index, QUERY_KEY_VALUE, scratch.normed, description.width(), scratch.queryKeyValue, adapted);
        bias(scratch.queries, tokens, heads * headSize, layer.queryBias());
        bias(scratch.keys, tokens, kvHeads * headSize, layer.keyBias());
        bias(scratch.values, tokens, kvHeads * headSize, layer.valueBias());
        norm(scratch.queries, tokens * heads, headSize, layer.queryNorm());
        norm(scratch.keys, tokens * kvHeads, headSize, layer.keyNorm());
        kernels.rotate(scratch.queries, heads, headSize, batch, layer.rotary().rotary());
        kernels.rotate(scratch.keys, kvHeads, headSize, batch, layer.rotary().rotary());
        kernels.store(scratch.keys, scratch.values, batch, layer.cache());
        kernels.attend(layer.attention(), scratch.queries, batch, layer.cache(), scratch.attended);
    }

    private void output(int index, Output output, int tokens, List<Step.Adapted> adapted) {
        kernels.multiply(scratch.attended, tokens, output.weights(), scratch.toDelta);
        int columns = description.heads() * description.headSize();
        adapt(index, OUTPUT, scratch.attended, columns, scratch.toDelta, adapted);
        bias(scratch.delta, tokens, description.width(), output.bias());
        norm(scratch.delta, tokens, description.width(), output.postNorm());
        kernels.add(scratch.x, scratch.delta, (long) tokens * description.width());
    }

    private void feedForward(int index, FeedForward network, int tokens, List<Step.Adapted> adapted) {
        int width = description.width();
        kernels.rmsNorm(scratch.x, tokens, width, network.norm(), network.epsilon(), scratch.normed);
        kernels.multiply(scratch.normed, tokens, network.gateUp(), scratch.gateUp);
        adapt(index, GATE_UP, scratch.normed, width, scratch.gateUp, adapted);
        kernels.gate(network.activation(), scratch.gate, scratch.up, (long) tokens * description.ffnWidth());
        kernels.multiply(scratch.gate, tokens, network.down(), scratch.toDelta);
        adapt(index, DOWN, scratch.gate, description.ffnWidth(), scratch.toDelta, adapted);
        norm(scratch.delta, tokens, width, network.postNorm());
        kernels.add(scratch.x, scratch.delta, (long) tokens * width);
    }

    private void adapt(
            int layer,
            List<Part> parts,
            MemorySegment x,
            int columns,
            List<MemorySegment> outs,
            List<Step.Adapted> adapted) {
        if (!adapted.isEmpty()) {
            lowRank.add(layer, parts, x, columns, outs, adapted);
        }
    }

    private void bias(MemorySegment rows, int count, int width, Optional<MemorySegment> bias) {
        if (bias.isPresent()) {
            kernels.addBias(rows, count, width, bias.get());
        }
    }

    private void norm(MemorySegment rows, int count, int width, Optional<MemorySegment> weight) {
        if (weight.isPresent()) {
            kernels.rmsNorm(rows, count, width, weight.get(), description.epsilon(), rows);
        }
    }

    /** The last norm of some rows of the hidden state, one below the other. */
    private void normRows(int[] rows, int count, MemorySegment out) {
        long rowBytes = 4L * description.width();
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(scratch.x, rows[i] * rowBytes, out, i * rowBytes, rowBytes);
        }
        kernels.rmsNorm(out, count, description.width(), finalNorm, description.epsilon(), out);
    }
}
