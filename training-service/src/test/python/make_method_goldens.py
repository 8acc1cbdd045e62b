"""What torch and PEFT compute with the tiny models of make_training_goldens.py where more, or less, is trained than LoRA's matrices.

    python make_method_goldens.py ../resources/goldens

Writes into the folder llama: dora/, an adapter of PEFT's with magnitudes, and methods.json: its logits, 20 steps of SFT from it,
and 20 steps of SFT of all weights. Everything is computed in float64 from weights that float32 holds.
"""

import json
import os
import shutil
import sys

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from make_training_goldens import BATCH, TARGETS, numbers, sft_loss, train, trained

KEPT = ["model.embed_tokens.weight", "model.layers.0.self_attn.k_proj.weight", "model.layers.1.input_layernorm.weight",
        "model.norm.weight"]


def some(all_of, step):
    return [all_of[(step * BATCH + i) % len(all_of)] for i in range(BATCH)]


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").double().eval()


def short(matrices):
    """Seven digits are enough to compare with float32."""
    return {name: [float(f"{x:.7g}") for x in values] for name, values in matrices.items()}


def dora(folder, given):
    model = get_peft_model(load(folder), LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, task_type="CAUSAL_LM",
                                                    use_dora=True)).eval()
    matrices = load_file(os.path.join(folder, "adapter", "adapter_model.safetensors"))
    generator = torch.Generator().manual_seed(77)
    for name, parameter in trained(model).items():
        if "magnitude" in name:
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
            parameter.data = (parameter.data * (1 + 0.2 * noise.double())).float().double()
        else:
            parameter.data = matrices[name].double()
    out = os.path.join(folder, "dora")
    shutil.rmtree(out, ignore_errors=True)
    model.base_model.model.float()
    model.save_pretrained(out)
    model.base_model.model.double()
    os.remove(os.path.join(out, "README.md"))
    with torch.no_grad():
        logits = model(torch.tensor([given["probe"]]), use_cache=False).logits[0, -1]
    start = {n: p.detach().clone() for n, p in trained(model).items()}
    run = train(model, start, lambda step: sft_loss(model, some(given["examples"], step)))
    ended = {n.replace("lora_magnitude_vector.weight", "lora_magnitude_vector"): v for n, v in run["matrices"]["20"].items()}
    return {"logits": numbers(logits), "steps": run["steps"], "matrices": {"20": short(ended)}}


def full(folder, given):
    model = load(folder)
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    start = {n: p.detach().clone() for n, p in trained(model).items()}
    run = train(model, start, lambda step: sft_loss(model, some(given["examples"], step)))
    return {"steps": run["steps"], "matrices": {"20": short({n: run["matrices"]["20"][n] for n in KEPT})}}


def main(out):
    folder = os.path.join(out, "llama")
    with open(os.path.join(folder, "expected.json")) as file:
        given = json.load(file)
    result = {"dora": dora(folder, given), "full": full(folder, given)}
    with open(os.path.join(folder, "methods.json"), "w") as file:
        json.dump(result, file, separators=(",", ":"))
    print(*(f"{name} {run['steps'][0]['loss']} -> {run['steps'][-1]['loss']}" for name, run in result.items()))


if __name__ == "__main__":
    main(sys.argv[1])
