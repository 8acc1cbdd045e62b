"""Makes random adapters by PEFT for some of the tiny models, with the logits that PEFT and transformers give.

    python make_tiny_adapters.py ../resources/tiny ../resources/tiny-adapters

For each adapter MODEL/NAME there is a folder as PEFT saves it, and in expected.json.gz the ids of a prompt and the logits of
every position as float32 (base64, little endian). Matrices are large enough for an adapter that is left out, doubled,
or put to another's rows to be seen at once. Run make_tiny_models.py first.
"""

import base64
import gzip
import json
import os
import shutil
import sys

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
ALL = ATTENTION + ["gate_proj", "up_proj", "down_proj"]

# model, adapter: type of its file, configuration
ADAPTERS = {
    ("llama-tied", "all"): (torch.float32, dict(r=4, lora_alpha=8, target_modules=ALL)),
    ("llama-tied", "attention"): (torch.bfloat16, dict(r=8, lora_alpha=12, use_rslora=True, target_modules=ATTENTION)),
    ("llama-tied", "values"): (torch.float16, dict(r=3, lora_alpha=3, target_modules=["v_proj", "down_proj"])),
    ("llama-tied", "last"): (torch.float32, dict(r=40, lora_alpha=20, target_modules=ALL, layers_to_transform=[1])),
    ("mistral", "all"): (torch.float32, dict(r=4, lora_alpha=8, target_modules=ALL)),
    ("qwen2", "all"): (torch.float32, dict(r=4, lora_alpha=8, target_modules=ALL)),
    ("qwen2", "keys"): (torch.float32, dict(r=16, lora_alpha=16, target_modules=["k_proj", "up_proj"])),
    ("qwen3", "all"): (torch.float32, dict(r=4, lora_alpha=8, target_modules=ALL)),
    ("gemma3", "all"): (torch.float32, dict(r=4, lora_alpha=4, target_modules=ALL)),
    ("llama-tied", "dora"): (torch.float32, dict(r=4, lora_alpha=8, target_modules=ALL, use_dora=True)),
    ("qwen2", "dora"): (torch.bfloat16, dict(r=3, lora_alpha=3, target_modules=ATTENTION, use_dora=True)),
}


def main(models, out):
    shutil.rmtree(out, ignore_errors=True)
    expected = {}
    for seed, ((name, adapter), (kept, settings)) in enumerate(ADAPTERS.items()):
        base = AutoModelForCausalLM.from_pretrained(
            os.path.join(models, name), dtype=torch.float32, attn_implementation="eager").eval()
        ids = np.random.default_rng(500 + seed).integers(4, 96, 40).tolist()
        with torch.inference_mode():
            without = base(torch.tensor([ids]), use_cache=False).logits[0]
        base.config._name_or_path = base.name_or_path = name
        model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", base_model_name_or_path=name, **settings)).eval()
        generator = torch.Generator().manual_seed(1000 + seed)
        for parameter_name, parameter in model.named_parameters():
            if "lora_magnitude" in parameter_name:
                noise = torch.randn(parameter.shape, generator=generator) * 0.3
                parameter.data = (parameter.data * (1 + noise)).to(kept).float()
            elif "lora_" in parameter_name:
                noise = torch.randn(parameter.shape, generator=generator) * parameter.shape[1] ** -0.5
                # what the file's type holds exactly
                parameter.data = (noise * 0.7).to(kept).float()
        folder = os.path.join(out, name, adapter)
        model.save_pretrained(folder)
        os.remove(os.path.join(folder, "README.md"))
        file = os.path.join(folder, "adapter_model.safetensors")
        tensors = {n: t.to(kept).contiguous() for n, t in load_file(file).items()}
        save_file(tensors, file, metadata={"format": "pt"})
        with torch.inference_mode():
            logits = model(torch.tensor([ids]), use_cache=False).logits[0]
        expected[name + "/" + adapter] = {
            "ids": ids, "logits": base64.b64encode(logits.numpy().astype("<f4").tobytes()).decode()}
        print(name, adapter, "moves logits by", float((logits - without).abs().max()))
    with gzip.GzipFile(os.path.join(out, "expected.json.gz"), "wb", compresslevel=9, mtime=0) as file:
        file.write(json.dumps(expected, separators=(",", ":")).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
