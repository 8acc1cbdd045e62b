"""Makes tiny random models, an adapter for each by PEFT, and what torch, transformers and PEFT compute with them.

    python make_training_goldens.py ../resources/goldens          makes them
    python make_training_goldens.py --check MODEL_DIR ADAPTER_DIR  loads an adapter in PEFT, prints its logits' checksum

For each model NAME there is a folder with config.json and model.safetensors (the llama also as llama.gguf), in it adapter/
as PEFT writes it, and expected.json: logits, the gradients of the first SFT step, losses, learning rates and gradient norms of
20 steps of SFT and of DPO (each loss), metrics by TRL's names, and the adapter's matrices after 3 and 20 steps.
Everything is computed in float64 from weights that float32 holds, so that what differs in Java is Java's.
"""

import json
import os
import shutil
import sys

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import (
    Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config,
    Qwen3ForCausalLM, Trainer, get_cosine_schedule_with_warmup)

VOCABULARY = 96
SIZES = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
STEPS, RATE, DECAY, CLIP, WARMUP, BATCH = 20, 0.01, 0.01, 1.0, 3, 4


def rope(theta=10000.0, **more):
    return {"rope_type": "default", "rope_theta": theta} | more


MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig(**SIZES, num_hidden_layers=2, tie_word_embeddings=True,
                                            rope_parameters=rope())),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**SIZES, num_hidden_layers=2, use_sliding_window=False,
                                            tie_word_embeddings=True, rope_parameters=rope(1000000.0))),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**SIZES, num_hidden_layers=2, head_dim=16, tie_word_embeddings=False,
                                            rope_parameters=rope(1000000.0))),
    "gemma3": (Gemma3ForCausalLM, Gemma3TextConfig(
        **SIZES, num_hidden_layers=7, head_dim=16, query_pre_attn_scalar=16, sliding_window=9, tie_word_embeddings=True,
        layer_types=["full_attention" if i % 6 == 5 else "sliding_attention" for i in range(7)],
        rope_parameters={"sliding_attention": rope(), "full_attention": rope(1000000.0, rope_type="linear",
                                                                            factor=8.0)})),
}


def randomise(model, seed):
    """Weights with a spread that makes attention choose, norms away from one, biases away from zero; in float32."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
        if "norm" in name.split(".")[-2]:
            center = 0.0 if isinstance(model, Gemma3ForCausalLM) else 1.0
            values = center + 0.3 * noise
        elif name.endswith("bias") or "embed" in name or "lm_head" in name:
            values = 0.5 * noise
        else:
            values = noise * (1.2 / parameter.shape[1] ** 0.5)
        parameter.data = values.bfloat16().to(parameter.dtype)


def weights(model, config):
    return {name: tensor.float() for name, tensor in model.state_dict().items()
            if not (config.tie_word_embeddings and name == "lm_head.weight")}


def write_llama_gguf(path, model, config):
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
             "self_attn.o_proj": "attn_output", "input_layernorm": "attn_norm", "mlp.gate_proj": "ffn_gate",
             "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "post_attention_layernorm": "ffn_norm"}
    head_size = config.hidden_size // config.num_attention_heads
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    for name, tensor in weights(model, config).items():
        values = tensor.numpy()
        for part, heads in ((".q_proj.", config.num_attention_heads), (".k_proj.", config.num_key_value_heads)):
            if part in name:  # llama.cpp's layout: what turns together lies side by side
                rows = values.shape[0]
                values = values.reshape(heads, 2, rows // heads // 2, -1).swapaxes(1, 2).reshape(values.shape)
        if name.startswith("model.layers."):
            _, _, layer, rest = name.split(".", 3)
            part, kind = rest.rsplit(".", 1)
            name = f"blk.{layer}.{names[part]}.{kind}"
        else:
            name = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}[name]
        writer.add_tensor(name, np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def adapted(model, seed):
    """An adapter by PEFT, with a B that isn't 0 so that A has a gradient."""
    wrapped = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, task_type="CAUSAL_LM"))
    generator = torch.Generator().manual_seed(1000 + seed)
    for name, parameter in wrapped.named_parameters():
        if "lora_" in name:
            spread = parameter.shape[1] ** -0.5 if "lora_A" in name else 0.05
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float32) * spread
            parameter.data = noise.to(parameter.dtype)
    return wrapped.eval()


def trained(model):
    return {name.replace(".default", ""): parameter for name, parameter in model.named_parameters()
            if parameter.requires_grad}


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().double().flatten().tolist()]


def token_logps(model, ids, prompt):
    logits = model(torch.tensor([ids]), use_cache=False).logits[0, :-1]
    logps = torch.log_softmax(logits, -1).gather(1, torch.tensor(ids[1:]).unsqueeze(1)).squeeze(1)
    hits = (logits.argmax(-1) == torch.tensor(ids[1:]))[prompt - 1:]
    return logps[prompt - 1:], logits[prompt - 1:], hits


def sft_loss(model, examples):
    scored = [token_logps(model, e["ids"], e["prompt"]) for e in examples]
    logps = torch.cat([s[0] for s in scored])
    hits = torch.cat([s[2] for s in scored])
    return -logps.mean(), {"mean_token_accuracy": float(hits.double().mean())}


def dpo_loss(model, pairs, reference, kind, beta, smoothing=0.0):
    losses, metrics = [], {}
    for pair, (reference_chosen, reference_rejected) in zip(pairs, reference):
        chosen, chosen_logits, _ = token_logps(model, pair["chosen"], pair["prompt"])
        rejected, rejected_logits, _ = token_logps(model, pair["rejected"], pair["prompt"])
        ratios = chosen.sum() - reference_chosen, rejected.sum() - reference_rejected
        if kind == "ipo":
            delta = ratios[0] / len(chosen) - ratios[1] / len(rejected)
            losses.append((delta - 1 / (2 * beta)) ** 2)
        else:
            logit = beta * (ratios[0] - ratios[1])
            losses.append(torch.relu(1 - logit) if kind == "hinge" else
                          -F.logsigmoid(logit) * (1 - smoothing) - F.logsigmoid(-logit) * smoothing)
        rewards = [float(beta * r) for r in ratios]
        for name, value in (("rewards/chosen", rewards[0]), ("rewards/rejected", rewards[1]),
                            ("rewards/margins", rewards[0] - rewards[1]),
                            ("rewards/accuracies", float(rewards[0] > rewards[1])),
                            ("logps/chosen", float(chosen.sum())), ("logps/rejected", float(rejected.sum()))):
            metrics[name] = metrics.get(name, 0) + value / len(pairs)
        for name, logits in (("logits/chosen", chosen_logits), ("logits/rejected", rejected_logits)):
            metrics.setdefault(name, []).append(logits.detach())
    for name in ("logits/chosen", "logits/rejected"):
        metrics[name] = float(torch.cat(metrics[name]).mean())
    return torch.stack(losses).mean(), metrics


def decay_parameter_names(model):
    """What transformers' Trainer lets decay: all but biases and the weights of norms."""
    return Trainer.get_decay_parameter_names(None, model)


def train(model, start, loss_of):
    """20 steps from the given matrices: the loss of each, its learning rate and gradient norm, and the matrices."""
    parameters = trained(model)
    for name, parameter in parameters.items():
        parameter.data = start[name].clone()
    decayed = set(decay_parameter_names(model))
    optimizer = torch.optim.AdamW([
        {"params": [p for n, p in model.named_parameters() if p.requires_grad and n in decayed], "weight_decay": DECAY},
        {"params": [p for n, p in model.named_parameters() if p.requires_grad and n not in decayed], "weight_decay": 0}],
        lr=RATE)
    schedule = get_cosine_schedule_with_warmup(optimizer, WARMUP, STEPS)
    steps, matrices = [], {}
    for step in range(STEPS):
        optimizer.zero_grad()
        loss, metrics = loss_of(step)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), CLIP)
        steps.append({"loss": float(loss), "learning_rate": optimizer.param_groups[0]["lr"], "grad_norm": float(norm),
                      **metrics})
        optimizer.step()
        schedule.step()
        if step + 1 in (3, STEPS):
            matrices[str(step + 1)] = {name: numbers(p) for name, p in parameters.items()}
    return {"steps": steps, "matrices": matrices}


def golden(name, seed, out):
    model_class, config = MODELS[name]
    config._attn_implementation = "eager"
    model = model_class(config).double().eval()
    randomise(model, seed)
    folder = os.path.join(out, name)
    os.makedirs(folder)
    save_file({n: t.contiguous() for n, t in weights(model, config).items()}, os.path.join(folder, "model.safetensors"),
              metadata={"format": "pt"})
    config.save_pretrained(folder)
    if name == "llama":
        write_llama_gguf(os.path.join(out, "llama.gguf"), model, config)
    generator = np.random.default_rng(100 + seed)
    draw = lambda length: generator.integers(3, VOCABULARY, length).tolist()
    probe = draw(24)
    examples = [{"ids": draw(int(generator.integers(6, 21))), "prompt": int(generator.integers(1, 5))} for _ in range(12)]
    pairs = []
    for _ in range(8):
        prompt = draw(int(generator.integers(2, 6)))
        pairs.append({"prompt": len(prompt), "chosen": prompt + draw(int(generator.integers(3, 9))),
                      "rejected": prompt + draw(int(generator.integers(3, 9)))})
    with torch.no_grad():
        bare = model(torch.tensor([probe]), use_cache=False).logits[0]
        reference = [tuple(float(token_logps(model, p[k], p["prompt"])[0].sum()) for k in ("chosen", "rejected"))
                     for p in pairs]
    model = adapted(model, seed)
    saved = PeftModel.save_pretrained
    model.base_model.model.float()
    saved(model, os.path.join(folder, "adapter"))
    model.base_model.model.double()
    os.remove(os.path.join(folder, "adapter", "README.md"))
    start = {n: p.detach().clone() for n, p in trained(model).items()}
    logits = model(torch.tensor([probe]), use_cache=False).logits[0]
    loss, _ = sft_loss(model, examples[:BATCH])
    gradients = dict(zip(start, torch.autograd.grad(loss, trained(model).values())))
    some = lambda all_of, step, size: [all_of[(step * size + i) % len(all_of)] for i in range(size)]
    expected = {
        "probe": probe, "bare": numbers(bare[-1]), "adapted": numbers(logits[-1]), "examples": examples, "pairs": pairs,
        "gradients": {n: numbers(g) for n, g in gradients.items()},
        "sft": train(model, start, lambda step: sft_loss(model, some(examples, step, BATCH))),
    }
    if name in ("llama", "qwen2"):
        dpo = lambda kind, beta, smoothing=0.0: train(model, start, lambda step: dpo_loss(
            model, some(pairs, step, 2), some(reference, step, 2), kind, beta, smoothing))
        expected |= {"reference": reference, "dpo-sigmoid": dpo("sigmoid", 0.1), "dpo-smoothed": dpo("sigmoid", 0.1, 0.2),
                     "dpo-hinge": dpo("hinge", 0.1), "dpo-ipo": dpo("ipo", 0.1)}
        for key in ("dpo-smoothed", "dpo-hinge", "dpo-ipo"):
            del expected[key]["matrices"]
    else:
        del expected["sft"]["matrices"]
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file, separators=(",", ":"))
    print(name, "sft", expected["sft"]["steps"][0]["loss"], "->", expected["sft"]["steps"][-1]["loss"])


def check(model_dir, adapter_dir):
    from transformers import AutoModelForCausalLM
    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32)
    bare = model(torch.tensor([list(range(3, 20))])).logits[0, -1]
    model = PeftModel.from_pretrained(model, adapter_dir)
    logits = model(torch.tensor([list(range(3, 20))])).logits[0, -1]
    print(json.dumps({"bare": numbers(bare), "adapted": numbers(logits)}))


def main():
    if sys.argv[1] == "--check":
        check(*sys.argv[2:])
        return
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    for seed, name in enumerate(MODELS):
        golden(name, seed, sys.argv[1])


if __name__ == "__main__":
    main()
