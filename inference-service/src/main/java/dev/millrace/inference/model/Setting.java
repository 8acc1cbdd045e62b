package dev.millrace.inference.model;

/** A model's numbers, and what the two kinds of files call them. GGUF's keys stand behind the architecture's name. */
public enum Setting {
    LAYERS("block_count", "num_hidden_layers"),
    WIDTH("embedding_length", "hidden_size"),
    FFN_WIDTH("feed_forward_length", "intermediate_size"),
    CONTEXT("context_length", "max_position_embeddings"),
    HEADS("attention.head_count", "num_attention_heads"),
    KV_HEADS("attention.head_count_kv", "num_key_value_heads"),
    HEAD_SIZE("attention.key_length", "head_dim"),
    WINDOW("attention.sliding_window", "sliding_window"),
    EPSILON("attention.layer_norm_rms_epsilon", "rms_norm_eps");

    private final String gguf;
    private final String huggingFace;

    Setting(String gguf, String huggingFace) {
        this.gguf = gguf;
        this.huggingFace = huggingFace;
    }

    /** The key in a GGUF file, without the architecture. */
    public String gguf() {
        return gguf;
    }

    /** The key in a config.json. */
    public String huggingFace() {
        return huggingFace;
    }
}
