"""What llama.cpp's own arithmetic costs: its perplexity on a GGUF file against its perplexity on the same weights in float32.

    python llama_cpp_quality.py MODEL.gguf TEXT.txt.gz LLAMA_CPP_BIN_FOLDER WORK_FOLDER [WINDOWS] [THREADS]

The gguf package dequantises the file's weights into a second GGUF file, all float32. llama-perplexity then reads both, in
windows of 512 of which the second half counts, and compares the next-token distributions (--kl-divergence). The reference
runs with float32 keys and values and without flash attention, the model's own file with the program's defaults. Prints the
SHA-256 of the ids as 32-bit little-endian integers, which PerplexityBenchmark prints too.

The second run reads the reference back from a file of 16-bit numbers that knows nothing below e^-16 of the best: what it
prints as PPL(base) is too low by a tenth of a percent. The ratio that counts is that of the two runs' own perplexities.

Needs the packages gguf and numpy (made with gguf 0.19.0), and in WORK_FOLDER room for the float32 weights and for two bytes
for each entry of the vocabulary and counted token.
"""

import gzip
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np

WINDOW = 512


def write_float32(source, target):
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.get_field("general.architecture").contents())
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        value = int(gguf.LlamaFileType.ALL_F32) if field.name == "general.file_type" else field.contents()
        writer.add_key_value(field.name, value, kind, sub_type=element)
    for tensor in reader.tensors:
        weights = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        shape = [int(n) for n in reversed(tensor.shape)]
        writer.add_tensor(tensor.name, np.ascontiguousarray(weights, dtype=np.float32).reshape(shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def perplexity(folder, model, base, threads, *options):
    command = [folder / "llama-perplexity", "-m", model, "-c", str(WINDOW), "-b", str(WINDOW), "-t", threads,
               "--kl-divergence-base", base, *options]
    return subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"LD_LIBRARY_PATH": str(folder)}).stdout


def ids_digest(base):
    with open(base, "rb") as file:
        assert file.read(8) == b"_logits_"
        window, vocabulary, windows = np.fromfile(file, "<i4", 3)
        ids = np.fromfile(file, "<i4", int(window) * int(windows))
    return f"{windows} windows of {window}, ids' SHA-256 {hashlib.sha256(ids.tobytes()).hexdigest()}"


def main():
    model, packed, folder, work = (Path(argument).absolute() for argument in sys.argv[1:5])
    windows, threads = (sys.argv[5:] + ["40", "2"][len(sys.argv) - 5:])[:2]
    text, exact, base = work / "text.txt", work / f"{model.stem}-f32.gguf", work / f"{model.stem}.logits"
    text.write_bytes(gzip.decompress(packed.read_bytes()))
    if not exact.exists():
        write_float32(model, exact)
    output = perplexity(folder, exact, base, threads,
                        "-f", text, "--chunks", windows, "-ctk", "f32", "-ctv", "f32", "-fa", "off")
    print(model.stem + ":", ids_digest(base))
    exact_perplexity = float(re.search(r"Final estimate: PPL = ([\d.]+)", output)[1])
    output = perplexity(folder, model, base, threads, "--kl-divergence")
    own_perplexity = float(re.search(r"Mean PPL\(Q\) +: +([\d.]+)", output)[1])
    print(f"float32 {exact_perplexity}, its own {own_perplexity}, ratio {own_perplexity / exact_perplexity:.5f}")
    print(output[output.index("====== Perplexity statistics"):], flush=True)


main()
