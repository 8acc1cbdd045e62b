"""What the exported check tells of summaries beside their whole source, by how many of its sentences are read.

    python3 summaries.py DATA ../../resources/check [2 3 4]

QAGS: people's votes on each sentence. CLIFF: whole summaries, as good as their worst sentence. Nothing is trained on either.
"""
import json
import sys
from pathlib import Path

from sklearn.metrics import roc_auc_score
from transformers import BertTokenizerFast

import figures
from sentences import premise, split
from sources import Pair, clean, pairs_of
from train_check import start


def measured(data, maker, count):
    """(pairs, the summary or sentence that each belongs to, whether that is supported)."""
    pairs, owners, supported = [], [], []
    for i, (source, summary, label) in enumerate(pairs_of(data, maker)):
        source, summary = clean(source), clean(summary)
        supported.append(label == "supported")
        for a, b in split(summary):
            pairs.append(Pair(premise(source, summary[a:b], count), summary[a:b], label, maker, "unseen"))
            owners.append(i)
    return pairs, owners, supported


def main():
    data, folder = Path(sys.argv[1]), Path(sys.argv[2])
    settings = json.loads((folder / "check.json").read_text())
    tokenizer = BertTokenizerFast.from_pretrained(start())
    for maker in ("qags-cnndm", "qags-xsum", "cliff"):
        for count in map(int, sys.argv[3:] or ["2", "3", "4"]):
            pairs, owners, supported = measured(data, maker, count)
            logits = figures.logits_of(folder / "check.onnx", pairs, tokenizer, settings["max_tokens"], 1)
            scores = figures.softmax(logits / settings["temperature"])[:, 0]
            worst = [1.0] * len(supported)
            for owner, score in zip(owners, scores):
                worst[owner] = min(worst[owner], float(score))
            print(f"{maker}: {len(supported)}, {count} sentences, AUC {roc_auc_score(supported, worst):.3f}")


if __name__ == "__main__":
    main()
