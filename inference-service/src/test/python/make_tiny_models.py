"""Makes tiny random models, one for each thing that a decoder must get right, with the logits that transformers gives.

    python make_tiny_models.py ../resources/tiny

For each model NAME there is a folder with config.json, model.safetensors and tokenizer.json, beside it NAME.gguf with the
same weights where the gguf package can write one, and in expected.json.gz for each prompt the ids and the logits of every
position as float32 (base64, little endian). Weights are large enough for attention to be far from uniform: a decoder
that confuses two heads or two positions must fail.
"""

import base64
import gzip
import json
import os
import shutil
import sys

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from transformers import (
    Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config,
    Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

VOCABULARY = 96
SIZES = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)


def rope(theta=10000.0, **more):
    return {"rope_type": "default", "rope_theta": theta} | more


LLAMA3 = rope(500000.0, rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)
YARN = rope(rope_type="yarn", factor=4.0, original_max_position_embeddings=64)
LINEAR = rope(rope_type="linear", factor=4.0)

# name: (model class, configuration)
MODELS = {
    "llama-tied": (LlamaForCausalLM, LlamaConfig(**SIZES, num_hidden_layers=2, tie_word_embeddings=True,
                                                 rope_parameters=rope())),
    "llama-untied": (LlamaForCausalLM, LlamaConfig(**SIZES, num_hidden_layers=2, tie_word_embeddings=False,
                                                   rope_parameters=rope())),
    "llama-biased": (LlamaForCausalLM, LlamaConfig(**SIZES, num_hidden_layers=2, attention_bias=True,
                                                   tie_word_embeddings=False, rope_parameters=rope())),
    "llama-llama3": (LlamaForCausalLM, LlamaConfig(**SIZES, num_hidden_layers=2, tie_word_embeddings=True,
                                                   rope_parameters=LLAMA3)),
    "llama-yarn": (LlamaForCausalLM, LlamaConfig(**SIZES, num_hidden_layers=2, tie_word_embeddings=True,
                                                 rope_parameters=YARN)),
    "llama-linear": (LlamaForCausalLM, LlamaConfig(**SIZES, num_hidden_layers=2, tie_word_embeddings=True,
                                                   rope_parameters=LINEAR)),
    "mistral": (MistralForCausalLM, MistralConfig(**SIZES, num_hidden_layers=2, head_dim=16, sliding_window=12,
                                                  tie_word_embeddings=False, rope_parameters=rope())),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**SIZES, num_hidden_layers=2, use_sliding_window=False,
                                            tie_word_embeddings=True, rope_parameters=rope(1000000.0))),
    "qwen2-window": (Qwen2ForCausalLM, Qwen2Config(**SIZES, num_hidden_layers=3, use_sliding_window=True,
                                                   sliding_window=10, max_window_layers=1, tie_word_embeddings=False,
                                                   rope_parameters=rope(1000000.0))),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**SIZES, num_hidden_layers=2, head_dim=16, tie_word_embeddings=True,
                                            rope_parameters=rope(1000000.0))),
    "gemma3": (Gemma3ForCausalLM, Gemma3TextConfig(
        **SIZES, num_hidden_layers=7, head_dim=16, query_pre_attn_scalar=16, sliding_window=9, tie_word_embeddings=True,
        layer_types=["full_attention" if i % 6 == 5 else "sliding_attention" for i in range(7)],
        rope_parameters={"sliding_attention": rope(), "full_attention": rope(1000000.0, rope_type="linear",
                                                                            factor=8.0)})),
}

# the others' GGUF files would say nothing new, or have no key for what is special
IN_GGUF = {"llama-tied", "llama-untied", "llama-llama3", "llama-yarn", "mistral", "qwen2", "qwen3", "gemma3"}

HF_TO_GGUF = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "input_layernorm": "attn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}


def gguf_name(name, gemma):
    if not name.startswith("model.layers."):
        return {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
                "lm_head.weight": "output.weight"}[name]
    _, _, layer, rest = name.split(".", 3)
    part, kind = rest.rsplit(".", 1)
    norms = ({"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
              "post_feedforward_layernorm": "post_ffw_norm"} if gemma else {"post_attention_layernorm": "ffn_norm"})
    return f"blk.{layer}.{(HF_TO_GGUF | norms)[part]}.{kind}"


def randomise(model, seed):
    """Weights with a spread that makes attention choose; norms away from one, biases away from zero."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("norm.weight") or "norm" in name.split(".")[-2]:
            center = 0.0 if isinstance(model, Gemma3ForCausalLM) else 1.0
            parameter.data = center + 0.3 * noise
        elif name.endswith("bias"):
            parameter.data = 0.5 * noise
        elif "embed" in name or "lm_head" in name:
            parameter.data = 0.5 * noise
        else:
            parameter.data = noise * (1.6 / parameter.shape[1] ** 0.5)
    # what bfloat16 holds exactly, so that files of every type carry the same weights
    for parameter in model.parameters():
        parameter.data = parameter.data.bfloat16().float()


def byte_alphabet():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    shifted = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(shifted)) for b in range(256)]


def tokenizer_json():
    special = ["<pad>", "<s>", "</s>", "<|im_end|>"]
    words = special + byte_alphabet()[32:32 + VOCABULARY - len(special)]
    return words, {
        "version": "1.0",
        "added_tokens": [dict(id=i, content=w, single_word=False, lstrip=False, rstrip=False, normalized=False,
                              special=True) for i, w in enumerate(special)],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "vocab": {w: i for i, w in enumerate(words)}, "merges": []},
    }


def permute(weights, heads):
    """llama.cpp's layout of rotated pairs: neighbours instead of halves."""
    shape = weights.shape
    return weights.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def write_gguf(path, model, config, words, bfloat16):
    gemma = isinstance(model, Gemma3ForCausalLM)
    llama = isinstance(model, (LlamaForCausalLM, MistralForCausalLM))
    architecture = "llama" if llama else config.model_type.removesuffix("_text")
    head_size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    rotary = config.rope_parameters["full_attention"] if gemma else config.rope_parameters
    writer.add_rope_freq_base(rotary["rope_theta"])
    if rotary["rope_type"] in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(rotary["rope_type"]))
        writer.add_rope_scaling_factor(rotary["factor"])
    if rotary["rope_type"] == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rotary["original_max_position_embeddings"])
    if rotary["rope_type"] == "llama3":
        plain = rotary["rope_theta"] ** -(np.arange(0, head_size, 2, dtype=np.float32) / head_size)
        factors = plain / model.model.rotary_emb.inv_freq.numpy()
        writer.add_tensor("rope_freqs.weight", factors.astype(np.float32))
    if getattr(config, "sliding_window", None):
        writer.add_sliding_window(config.sliding_window)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    writer.add_token_types([gguf.TokenType.CONTROL] * 4 + [gguf.TokenType.NORMAL] * (len(words) - 4))
    writer.add_token_merges([])
    writer.add_eos_token_id(2)
    for name, tensor in weights(model, config).items():
        values = tensor.numpy()
        if llama and ".q_proj." in name:
            values = permute(values, config.num_attention_heads)
        if llama and ".k_proj." in name:
            values = permute(values, config.num_key_value_heads)
        if gemma and "norm.weight" in name:
            values = values + np.float32(1)
        values = np.ascontiguousarray(values)
        if bfloat16 and values.ndim == 2:
            kind = gguf.GGMLQuantizationType.BF16
            writer.add_tensor(gguf_name(name, gemma), gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(gguf_name(name, gemma), values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def weights(model, config):
    return {name: tensor for name, tensor in model.state_dict().items()
            if not (config.tie_word_embeddings and name == "lm_head.weight")}


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    words, tokenizer = tokenizer_json()
    expected = {}
    for seed, (name, (model_class, config)) in enumerate(MODELS.items()):
        config._attn_implementation = "eager"
        model = model_class(config).eval()
        randomise(model, seed)
        folder = os.path.join(out, name)
        os.makedirs(folder)
        # in bfloat16, as models are published; a few in float32
        kept = torch.float32 if name in ("llama-untied", "qwen3") else torch.bfloat16
        save_file({n: t.to(kept).contiguous() for n, t in weights(model, config).items()},
                  os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
        config.save_pretrained(folder)
        json.dump(tokenizer, open(os.path.join(folder, "tokenizer.json"), "w"), ensure_ascii=False)
        if name in IN_GGUF:
            write_gguf(os.path.join(out, name + ".gguf"), model, config, words, name != "mistral")
        generator = np.random.default_rng(100 + seed)
        prompts = []
        # shorter than every window, and longer, over several blocks of the cache
        for length in (1, 7, 50):
            ids = generator.integers(4, VOCABULARY, length).tolist()
            with torch.inference_mode():
                logits = model(torch.tensor([ids]), use_cache=False).logits[0].numpy()
            prompts.append({"ids": ids, "logits": base64.b64encode(logits.astype("<f4").tobytes()).decode()})
        expected[name] = prompts
        print(name, "logits spread", float(logits.std()), "tensors", len(weights(model, config)))
    with gzip.GzipFile(os.path.join(out, "expected.json.gz"), "wb", compresslevel=9, mtime=0) as file:
        file.write(json.dumps(expected, separators=(",", ":")).encode())


if __name__ == "__main__":
    main(sys.argv[1])
