package dev.millrace.inference.model;

/** The weights that a decoder can have. Matrices are [outputs, inputs]. */
enum Part {
    /** [vocabulary, width] */
    TOKEN_EMBEDDING(false),
    /** [width] */
    FINAL_NORM(false),
    /** [vocabulary, width]; where it is absent, the token embedding stands in ("tied"). */
    HEAD(false),
    /** [rotated / 2] what the rotary frequencies are divided by: how GGUF files carry llama3 scaling. */
    ROTARY_FACTORS(false),

    /** [width] before attention. */
    ATTENTION_NORM(true),
    /** [heads * headSize, width] */
    QUERY(true),
    /** [kvHeads * headSize, width] */
    KEY(true),
    /** [kvHeads * headSize, width] */
    VALUE(true),
    QUERY_BIAS(true),
    KEY_BIAS(true),
    VALUE_BIAS(true),
    /** [headSize] over each query head, before rotation. */
    QUERY_NORM(true),
    /** [headSize] over each key head, before rotation. */
    KEY_NORM(true),
    /** [width, heads * headSize] */
    ATTENTION_OUTPUT(true),
    ATTENTION_OUTPUT_BIAS(true),
    /** [width] over attention's result, before it is added. */
    POST_ATTENTION_NORM(true),

    /** [width] before the feed-forward layer. */
    FFN_NORM(true),
    /** [ffnWidth, width] */
    GATE(true),
    /** [ffnWidth, width] */
    UP(true),
    /** [width, ffnWidth] */
    DOWN(true),
    /** [width] over the feed-forward layer's result, before it is added. */
    POST_FFN_NORM(true);

    private final boolean perLayer;

    Part(boolean perLayer) {
        this.perLayer = perLayer;
    }

    /** Whether each layer has one of its own. */
    boolean perLayer() {
        return perLayer;
    }
}
