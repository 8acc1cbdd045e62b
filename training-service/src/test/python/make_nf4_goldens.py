"""Lets bitsandbytes round matrices to 4-bit NormalFloat, and torch train the tiny Llama of make_training_goldens.py with them.

    pip install bitsandbytes==0.50.2
    python make_nf4_goldens.py ../resources/goldens

Writes nf4/matrix.safetensors and nf4/packed.json: a matrix, what bitsandbytes' quantize_4bit with double quantisation
(compress_statistics) keeps of it, and what dequantize_4bit opens of that. Writes llama/nf4.json: 20 steps of SFT as
in make_training_goldens.py, the matrices of all layers rounded and opened, embeddings and head as they were.
"""

import json
import os
import sys

import bitsandbytes.functional as bnb
import torch
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from safetensors.torch import load_file, save_file

import make_training_goldens as goldens


def rounded(values):
    packed, state = bnb.quantize_4bit(values, quant_type="nf4", compress_statistics=True)
    scales = bnb.dequantize_blockwise(state.absmax, state.state2) + state.offset
    # the CPU's own kernel is wrong where a row isn't whole blocks: this is what it stands in for
    opened = _dequantize_4bit_compute(packed.reshape(-1), scales, state.code, 64, values.shape, torch.float32)
    if values.shape[1] % 64 == 0:
        assert torch.equal(opened, bnb.dequantize_4bit(packed, state))
    return packed, state, opened


def matrix(folder):
    os.makedirs(folder, exist_ok=True)
    generator = torch.Generator().manual_seed(4)
    # 260 blocks: two of scales; rows of different sizes, so that scales have something to say
    values = torch.randn(20, 832, generator=generator) * torch.rand(20, 1, generator=generator).square()
    values = values.bfloat16()
    packed, state, opened = rounded(values.float())
    save_file({"values": values, "opened": opened}, os.path.join(folder, "matrix.safetensors"))
    with open(os.path.join(folder, "packed.json"), "w") as file:
        json.dump({"quanta": packed.numpy().tobytes().hex(), "scales": state.absmax.numpy().tobytes().hex(),
                   "scale_values": state.state2.code.tolist()}, file)
    error = (values.float() - opened).square().sum() / values.float().square().sum()
    print("relative squared error", float(error))


def llama(out):
    folder = os.path.join(out, "llama")
    model_class, config = goldens.MODELS["llama"]
    config._attn_implementation = "eager"
    model = model_class(config).double().eval()
    model.load_state_dict(load_file(os.path.join(folder, "model.safetensors")), strict=False)
    for name, module in model.named_modules():
        if name.split(".")[-1] in goldens.TARGETS:
            module.weight.data = rounded(module.weight.data.float())[2].double()
    with open(os.path.join(folder, "expected.json")) as file:
        examples = json.load(file)["examples"]
    model = goldens.adapted(model, 0)
    start = load_file(os.path.join(folder, "adapter", "adapter_model.safetensors"))
    start = {name: values.double() for name, values in start.items()}
    size = goldens.BATCH
    some = lambda step: [examples[(step * size + i) % len(examples)] for i in range(size)]
    result = {"sft": goldens.train(model, start, lambda step: goldens.sft_loss(model, some(step)))}
    with open(os.path.join(folder, "nf4.json"), "w") as file:
        json.dump(result, file, separators=(",", ":"))
    steps = result["sft"]["steps"]
    print("sft", steps[0]["loss"], "->", steps[-1]["loss"])


if __name__ == "__main__":
    matrix(os.path.join(sys.argv[1], "nf4"))
    llama(sys.argv[1])
