"""Makes the golden files of RowWidenerTest: random blocks of every type and what gguf's reference widens them to.

pip install gguf==0.17.1 numpy; python make_dequantized.py ../resources/dev/millrace/kernels/quant
"""
import pathlib
import sys

import gguf
import numpy as np

BLOCKS = {"F32": 256, "F16": 256, "BF16": 256, "Q4_0": 8, "Q4_1": 8, "Q5_0": 8, "Q5_1": 8, "Q8_0": 8,
          "Q2_K": 2, "Q3_K": 2, "Q4_K": 2, "Q5_K": 2, "Q6_K": 2}
# where a block's float16 numbers stand: made finite, with signs and small numbers among them
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
          "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(20261124)
for name, blocks in BLOCKS.items():
    kind = gguf.GGMLQuantizationType[name]
    size = gguf.GGML_QUANT_SIZES[kind][1]
    if name in HALVES:
        raw = random.integers(0, 256, (blocks, size), dtype=np.uint8)
        for at in HALVES[name]:
            numbers = (random.standard_normal(blocks) * 10.0 ** random.integers(-6, 2, blocks)).astype(np.float16)
            raw[:, at:at + 2] = numbers.view(np.uint8).reshape(blocks, 2)
    else:
        numbers = (random.standard_normal(blocks) * 10.0 ** random.integers(-30, 30, blocks)).astype(np.float32)
        if name == "F16":
            numbers = (random.standard_normal(blocks) * 10.0 ** random.integers(-7, 4, blocks)).astype(np.float16)
        raw = gguf.quantize(numbers, kind).view(np.uint8) if name == "BF16" else numbers.view(np.uint8)
    widened = gguf.dequantize(raw.reshape(1, -1) if name in HALVES else raw, kind).astype("<f4")
    (folder / f"{name}.bin").write_bytes(raw.tobytes() + widened.tobytes())
