"""Probabilities of the shipped check for some pairs, each alone, by Hugging Face's tokenizer and ONNX Runtime.

    python3 goldens.py ../../resources/check > ../../../test/resources/dev/millrace/rag/check/probabilities.json
"""
import json
import sys
from pathlib import Path

import numpy as np
from transformers import BertTokenizerFast

import figures
from sources import Pair
from train_check import start

PAIRS = [
    ("The old mill was built in 1804 by John Carter.", "John Carter built the old mill in 1804."),
    ("The old mill was built in 1804 by John Carter.", "The old mill was built in 1910 by John Carter."),
    ("The old mill was built in 1804 by John Carter.", "The mill is open to visitors on Sundays."),
    ("Vitamin D did not reduce the number of falls in 312 older patients.", "Vitamin D reduced falls in older patients."),
    ("Naïve café — 42.5 % of 😀", "42.5 % of them."),
    ("wheel " * 300, "The wheel turns."),
    ("The wheel turns.", "wheel " * 300),
]


def main():
    folder = Path(sys.argv[1])
    settings = json.loads((folder / "check.json").read_text())
    tokenizer = BertTokenizerFast.from_pretrained(start())
    rows = []
    for premise, claim in PAIRS:
        logits = figures.logits_of(folder / "check.onnx", [Pair(premise, claim, "", "", "")], tokenizer, settings["max_tokens"], 1)
        row = figures.softmax(logits / settings["temperature"])[0]
        rows.append({"premise": premise, "claim": claim, "probabilities": [round(float(p), 5) for p in row]})
    json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
