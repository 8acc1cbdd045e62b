package dev.millrace.training.model;

import java.util.List;
import java.util.Map;

/**
 * What a decoder looks like, whatever kind of file says so.
 *
 * @param architecture as the file names it
 * @param width elements of a hidden state
 * @param ffnWidth elements between the matrices of a feed-forward layer
 * @param contextTokens the most positions that the model was made for
 * @param heads query heads
 * @param kvHeads key and value heads
 * @param headSize elements of one head
 * @param attentionScale what scores are multiplied with
 * @param epsilon of all norms
 * @param gate activation of the feed-forward layers
 * @param embeddingScale what token embeddings are multiplied with
 * @param headNorms whether each head's queries and keys are normed
 * @param postNorms whether there are norms after attention and after the feed-forward layer
 * @param layers from first to last
 */
public record ModelConfig(
        String architecture,
        int width,
        int ffnWidth,
        int contextTokens,
        int heads,
        int kvHeads,
        int headSize,
        double attentionScale,
        double epsilon,
        Gate gate,
        double embeddingScale,
        boolean headNorms,
        boolean postNorms,
        List<Layer> layers) {
    /** Queries at a time. */
    private static final int ATTENTION_BLOCK = 128;

    /** Activations of feed-forward layers, and how torch spells them and their derivatives. */
    public enum Gate {
        SILU("torch.silu(gate)", "torch.silu_backward(dgate, gate)"),
        GELU_TANH("torch.gelu(gate, approximate=\"tanh\")", "torch.gelu_backward(dgate, gate, approximate=\"tanh\")");

        private final String torch;
        private final String derivative;

        Gate(String torch, String derivative) {
            this.torch = torch;
            this.derivative = derivative;
        }
    }

    /**
     * @param window how many of the latest positions a token sees, itself included; 0 for all
     * @param rotary how this layer's queries and keys turn
     */
    public record Layer(int window, Rotary rotary) {}

    public ModelConfig {
        layers = List.copyOf(layers);
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "heads must be a multiple of key and value heads, were " + heads + " and " + kvHeads);
        }
        if (headSize % 2 != 0) {
            throw new IllegalArgumentException("a head's size must be even, was " + headSize);
        }
    }

    /** What torch's functions need to know of the model. */
    Map<String, String> constants() {
        return Map.of(
                "headSize", Integer.toString(headSize),
                "attentionBlock", Integer.toString(ATTENTION_BLOCK),
                "attentionScale", Double.toString(attentionScale),
                "epsilon", Double.toString(epsilon),
                "embeddingScale", Double.toString(embeddingScale),
                "gate", gate.torch,
                "gateBack", gate.derivative);
    }
}
