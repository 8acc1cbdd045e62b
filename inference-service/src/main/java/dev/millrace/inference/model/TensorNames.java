package dev.millrace.inference.model;

import static dev.millrace.inference.model.Part.*;
import static java.util.Map.entry;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a kind of file calls the parts of a decoder.
 *
 * @param patterns a name for each part; {@code %d} stands for the layer, from 0
 */
record TensorNames(Map<Part, String> patterns) {
    /** llama.cpp's names: the same for every family. */
    static final TensorNames GGUF = new TensorNames(Map.ofEntries(
            entry(TOKEN_EMBEDDING, "token_embd.weight"),
            entry(FINAL_NORM, "output_norm.weight"),
            entry(HEAD, "output.weight"),
            entry(ROTARY_FACTORS, "rope_freqs.weight"),
            entry(ATTENTION_NORM, "blk.%d.attn_norm.weight"),
            entry(QUERY, "blk.%d.attn_q.weight"),
            entry(KEY, "blk.%d.attn_k.weight"),
            entry(VALUE, "blk.%d.attn_v.weight"),
            entry(QUERY_BIAS, "blk.%d.attn_q.bias"),
            entry(KEY_BIAS, "blk.%d.attn_k.bias"),
            entry(VALUE_BIAS, "blk.%d.attn_v.bias"),
            entry(QUERY_NORM, "blk.%d.attn_q_norm.weight"),
            entry(KEY_NORM, "blk.%d.attn_k_norm.weight"),
            entry(ATTENTION_OUTPUT, "blk.%d.attn_output.weight"),
            entry(ATTENTION_OUTPUT_BIAS, "blk.%d.attn_output.bias"),
            entry(POST_ATTENTION_NORM, "blk.%d.post_attention_norm.weight"),
            entry(FFN_NORM, "blk.%d.ffn_norm.weight"),
            entry(GATE, "blk.%d.ffn_gate.weight"),
            entry(UP, "blk.%d.ffn_up.weight"),
            entry(DOWN, "blk.%d.ffn_down.weight"),
            entry(POST_FFN_NORM, "blk.%d.post_ffw_norm.weight")));

    /** Hugging Face's names for llama and most of its kin. */
    static final TensorNames HUGGING_FACE = new TensorNames(Map.ofEntries(
            entry(TOKEN_EMBEDDING, "model.embed_tokens.weight"),
            entry(FINAL_NORM, "model.norm.weight"),
            entry(HEAD, "lm_head.weight"),
            entry(ATTENTION_NORM, "model.layers.%d.input_layernorm.weight"),
            entry(QUERY, "model.layers.%d.self_attn.q_proj.weight"),
            entry(KEY, "model.layers.%d.self_attn.k_proj.weight"),
            entry(VALUE, "model.layers.%d.self_attn.v_proj.weight"),
            entry(QUERY_BIAS, "model.layers.%d.self_attn.q_proj.bias"),
            entry(KEY_BIAS, "model.layers.%d.self_attn.k_proj.bias"),
            entry(VALUE_BIAS, "model.layers.%d.self_attn.v_proj.bias"),
            entry(QUERY_NORM, "model.layers.%d.self_attn.q_norm.weight"),
            entry(KEY_NORM, "model.layers.%d.self_attn.k_norm.weight"),
            entry(ATTENTION_OUTPUT, "model.layers.%d.self_attn.o_proj.weight"),
            entry(ATTENTION_OUTPUT_BIAS, "model.layers.%d.self_attn.o_proj.bias"),
            entry(FFN_NORM, "model.layers.%d.post_attention_layernorm.weight"),
            entry(GATE, "model.layers.%d.mlp.gate_proj.weight"),
            entry(UP, "model.layers.%d.mlp.up_proj.weight"),
            entry(DOWN, "model.layers.%d.mlp.down_proj.weight")));

    /** Gemma norms before and after, and gives the name that is llama's norm before to the one after attention. */
    static final TensorNames HUGGING_FACE_GEMMA = HUGGING_FACE.with(Map.of(
            POST_ATTENTION_NORM, "model.layers.%d.post_attention_layernorm.weight",
            FFN_NORM, "model.layers.%d.pre_feedforward_layernorm.weight",
            POST_FFN_NORM, "model.layers.%d.post_feedforward_layernorm.weight"));

    TensorNames {
        patterns = Map.copyOf(patterns);
    }

    /** These names, some of them replaced. */
    TensorNames with(Map<Part, String> others) {
        Map<Part, String> merged = new HashMap<>(patterns);
        merged.putAll(others);
        return new TensorNames(merged);
    }

    /** Empty where such a file has no name for the part. */
    Optional<String> name(Part part, int layer) {
        return Optional.ofNullable(patterns.get(part)).map(pattern -> pattern.replace("%d", Integer.toString(layer)));
    }
}
