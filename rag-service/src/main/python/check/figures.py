"""Calibration of the exported check, and its figures beside those of word overlap."""
import hashlib
import json
from collections import defaultdict

import numpy as np
import onnxruntime
from sklearn.metrics import roc_auc_score

from examples import LABELS, LICENSED
from sentences import terms


def logits_of(model, pairs, tokenizer, max_tokens, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    encoded = [tokenizer(p.premise, p.claim, truncation="only_first", max_length=max_tokens) for p in pairs]
    order = sorted(range(len(pairs)), key=lambda i: len(encoded[i]["input_ids"]))
    out = np.zeros((len(pairs), len(LABELS)), np.float32)
    for i in range(0, len(order), 32):
        group = order[i:i + 32]
        inputs = tokenizer.pad([encoded[j] for j in group], return_tensors="np")
        out[group] = session.run(["logits"], {k: v.astype(np.int64) for k, v in inputs.items()})[0]
    return out


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def temperature_of(logits, labels):
    def loss(t):
        return -np.log(softmax(logits / t)[np.arange(len(labels)), labels] + 1e-9).mean()
    return float(min(np.arange(0.5, 5.01, 0.05), key=loss))


def balanced(supported, scores, threshold):
    if supported.all() or not supported.any():
        return None
    said = scores >= threshold
    return float((said[supported].mean() + (~said[~supported]).mean()) / 2)


def threshold_of(supported, scores):
    return float(max(np.arange(0.05, 0.951, 0.01), key=lambda t: balanced(supported, scores, t)))


def overlap(pair):
    claim, source = set(terms(pair.claim)), set(terms(pair.premise))
    return len(claim & source) / max(1, len(claim))


def group_figures(pairs, scores, overlaps, threshold, overlap_threshold):
    supported = np.array([p.label == "supported" for p in pairs])
    row = {"pairs": len(pairs), "supported": int(supported.sum())}
    if supported.any() and not supported.all():
        row |= {"auc": roc_auc_score(supported, scores), "balanced_accuracy": balanced(supported, scores, threshold),
                "overlap_auc": roc_auc_score(supported, overlaps),
                "overlap_balanced_accuracy": balanced(supported, overlaps, overlap_threshold)}
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}


def report(pairs, probabilities, threshold, overlap_threshold):
    scores = probabilities[:, 0]
    overlaps = np.array([overlap(p) for p in pairs])
    groups = defaultdict(list)
    for i, p in enumerate(pairs):
        if p.part in ("held_out", "unseen"):
            if p.kind.startswith("people:"):
                groups[f"{p.part} {p.kind}"].append(i)
                groups[f"{p.part} people, all"].append(i)
            else:
                groups[f"{p.part} edits, all"].append(i)
    positives = {part: [i for i, p in enumerate(pairs) if p.part == part and p.label == "supported"
                        and (part == "held_out" or p.kind in ("people:climate-fever", "people:healthver-dev"))]
                 for part in ("held_out", "unseen")}
    kinds = sorted({(p.part, p.kind.split(":")[0]) for p in pairs
                    if p.part in positives and p.label != "supported" and not p.kind.startswith("people:")})
    for part, kind in kinds:
        wrong = [i for i, p in enumerate(pairs) if p.part == part and p.kind.split(":")[0] == kind and p.label != "supported"]
        groups[f"{part} edit: {kind} (against all supported)"] = wrong + positives[part]
    return {name: group_figures([pairs[i] for i in ids], scores[ids], overlaps[ids], threshold, overlap_threshold)
            for name, ids in sorted(groups.items())}


def write(out, pairs, tokenizer, max_tokens, threads):
    model = out / "check.onnx"
    logits = logits_of(model, pairs, tokenizer, max_tokens, threads)
    labels = np.array([LABELS.index(p.label) for p in pairs])
    calibration = np.array([p.part == "calibration" for p in pairs])
    temperature = temperature_of(logits[calibration], labels[calibration])
    probabilities = softmax(logits / temperature)
    supported = labels == 0
    threshold = threshold_of(supported[calibration], probabilities[calibration, 0])
    overlaps = np.array([overlap(p) for p in pairs])
    overlap_threshold = threshold_of(supported[calibration], overlaps[calibration])
    settings = {"labels": LABELS, "max_tokens": max_tokens, "temperature": round(temperature, 3), "threshold": round(threshold, 3)}
    (out / "check.json").write_text(json.dumps(settings, indent=1) + "\n")
    whole = {"model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(), "model_bytes": model.stat().st_size,
             "trained_on": LICENSED, "figures": report(pairs, probabilities, threshold, overlap_threshold)}
    (out / "figures.json").write_text(json.dumps(whole, indent=1) + "\n")
    for name, row in whole["figures"].items():
        print(name, row)
