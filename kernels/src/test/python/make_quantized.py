"""Makes the golden file of RowNarrowerTest: rows of float32 and what gguf's reference rounds them to.

pip install gguf==0.19.0 numpy; python make_quantized.py ../resources/dev/millrace/kernels/quant
"""
import pathlib
import sys

import gguf
import numpy as np

TYPES = ["F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"]
ROWS, COLUMNS = 16, 64

random = np.random.default_rng(20261126)
rows = random.standard_normal((ROWS, COLUMNS)) * 10.0 ** random.integers(-4, 3, (ROWS, 1))
rows[3] = 0  # a block without a scale
rows[4, ::2] = 0.25  # ties, and halves that round
rows[5] = np.abs(rows[5])  # one sign alone
rows[6, 7] = 1000  # one that dwarfs the others
rows = rows.astype("<f4")
golden = rows.tobytes()
for name in TYPES:
    golden += gguf.quantize(rows, gguf.GGMLQuantizationType[name]).tobytes()
(pathlib.Path(sys.argv[1]) / "narrowed.bin").write_bytes(golden)
