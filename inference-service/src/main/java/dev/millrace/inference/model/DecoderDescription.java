package dev.millrace.inference.model;

import dev.millrace.kernels.compute.Gate;
import dev.millrace.kernels.compute.Rotary;
import java.util.List;
import java.util.Set;

/**
 * What tells one decoder from another. {@link Decoder} computes any model that fits this record.
 *
 * @param architecture as its file names it
 * @param width elements of a hidden state
 * @param ffnWidth elements between the matrices of a feed-forward layer
 * @param contextTokens the most positions that the model was made for
 * @param heads query heads
 * @param kvHeads key and value heads
 * @param headSize elements of one head
 * @param attentionScale what scores are multiplied with
 * @param layers from first to last
 * @param epsilon of all norms
 * @param normOffset what is added to norm weights: 1 where a file stores them less one
 * @param gate activation of the feed-forward layers
 * @param embeddingScale what token embeddings are multiplied with
 * @param tiedHead the token embedding is the head, whatever else the file holds
 * @param required weights that must be in the file
 * @param optional weights that count if they are in the file
 */
record DecoderDescription(
        String architecture,
        int width,
        int ffnWidth,
        int contextTokens,
        int heads,
        int kvHeads,
        int headSize,
        float attentionScale,
        List<LayerDescription> layers,
        float epsilon,
        float normOffset,
        Gate gate,
        float embeddingScale,
        boolean tiedHead,
        Set<Part> required,
        Set<Part> optional) {
    /**
     * @param window how many of the latest positions a token sees, itself included; 0 for all
     */
    record LayerDescription(int window, RotaryDescription rotary) {}

    /**
     * @param rotated how many leading elements of a head are rotated
     */
    record RotaryDescription(Rotary.Layout layout, int rotated, double base, RotaryScaling scaling) {}

    DecoderDescription {
        layers = List.copyOf(layers);
        required = Set.copyOf(required);
        optional = Set.copyOf(optional);
    }
}
