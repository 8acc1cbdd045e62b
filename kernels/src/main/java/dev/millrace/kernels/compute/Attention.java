package dev.millrace.kernels.compute;

/**
 * What one layer's attention looks like.
 *
 * @param heads query heads; a multiple of {@code kvHeads}
 * @param kvHeads key and value heads
 * @param headSize elements of one head
 * @param scale what scores are multiplied with before the softmax
 * @param window how many of the latest positions a token sees, itself included; 0 for all
 */
public record Attention(int heads, int kvHeads, int headSize, float scale, int window) {
    public Attention {
        if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "heads must be a multiple of kvHeads, were " + heads + " and " + kvHeads);
        }
        if (window < 0) {
            throw new IllegalArgumentException("window must be 0 (none) or more, was " + window);
        }
    }
}
