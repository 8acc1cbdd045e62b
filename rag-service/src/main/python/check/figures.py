"""Calibration of the exported check, and its figures beside those of word overlap."""
import hashlib
import json
import time
from collections import defaultdict

import numpy as np
import onnxruntime
from sklearn.metrics import roc_auc_score

from examples import CALIBRATED, MORE, TRAINED, UNSEEN
from sentences import terms
from sources import FILES, LABELS


def session_of(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def logits_of(model, pairs, tokenizer, max_tokens, threads):
    session = session_of(model, threads)
    encoded = [tokenizer(p.premise, p.claim, truncation=True, max_length=max_tokens) for p in pairs]
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


def by_maker(pairs):
    groups = defaultdict(list)
    for i, p in enumerate(pairs):
        if p.kind.startswith("people:"):
            groups[p.kind].append(i)
    return [np.array(ids) for ids in groups.values()]


def temperature_of(logits, labels, makers):
    """That with the lowest log loss, each maker counting alike."""
    def loss(t):
        losses = -np.log(softmax(logits / t)[np.arange(len(labels)), labels] + 1e-9)
        return np.mean([losses[ids].mean() for ids in makers])
    return float(min(np.arange(0.5, 5.01, 0.05), key=loss))


def balanced(supported, scores, threshold):
    if supported.all() or not supported.any():
        return None
    said = scores >= threshold
    return float((said[supported].mean() + (~said[~supported]).mean()) / 2)


def threshold_of(supported, scores, makers):
    """That with the highest balanced accuracy, each maker counting alike."""
    usable = [ids for ids in makers if len(ids) >= 50 and 0 < supported[ids].sum() < len(ids)]
    return float(max(np.arange(0.02, 0.981, 0.01),
                     key=lambda t: np.mean([balanced(supported[ids], scores[ids], t) for ids in usable])))


def overlap(pair):
    claim, source = set(terms(pair.claim)), set(terms(pair.premise))
    return len(claim & source) / max(1, len(claim))


def group_figures(pairs, probabilities, overlaps, threshold, overlap_threshold):
    supported = np.array([p.label == "supported" for p in pairs])
    row = {"pairs": len(pairs), "supported": int(supported.sum())}
    if supported.any() and not supported.all():
        scores = probabilities[:, 0]
        row |= {"auc": roc_auc_score(supported, scores), "balanced_accuracy": balanced(supported, scores, threshold),
                "overlap_auc": roc_auc_score(supported, overlaps),
                "overlap_balanced_accuracy": balanced(supported, overlaps, overlap_threshold)}
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}


def report(pairs, probabilities, threshold, overlap_threshold):
    """Of each maker; of each kind of change, beside the supported pairs of the same part."""
    overlaps = np.array([overlap(p) for p in pairs])
    groups = defaultdict(list)
    supported = defaultdict(list)
    for i, p in enumerate(pairs):
        if p.part in ("held_out", "unseen"):
            person = p.kind.startswith("people:")
            groups[f"{p.part} {p.kind}" if person else f"{p.part} edits, all"].append(i)
            if p.label == "supported" and (p.part == "held_out" or not person or p.kind.split(":")[1] in EDITED):
                supported[p.part].append(i)
    for i, p in enumerate(pairs):
        if p.part in supported and p.label != "supported" and not p.kind.startswith("people:"):
            groups[f"{p.part} edit {p.kind.split(':')[0]}, against all supported"].append(i)
    rows = {}
    for name, ids in sorted(groups.items()):
        ids = ids + supported[name.split()[0]] if "against" in name else ids
        rows[name] = group_figures([pairs[i] for i in ids], probabilities[ids], overlaps[ids], threshold, overlap_threshold)
    for part in ("held_out", "unseen"):
        makers = [row for name, row in rows.items() if name.startswith(part + " people:") and "auc" in row and row["pairs"] >= 40]
        if makers:
            rows[f"{part} people, mean of makers"] = {"makers": len(makers)} | {
                k: round(float(np.mean([row[k] for row in makers])), 3)
                for k in ("auc", "balanced_accuracy", "overlap_auc", "overlap_balanced_accuracy")}
    return rows


EDITED = ("climate-fever", "healthver-dev", "vitaminc")


def milliseconds(model, pairs, tokenizer, max_tokens):
    """Processor time for one pair on one core, in batches of 32."""
    some = [p for p in pairs if p.part == "unseen"][:960]
    began = time.process_time()
    logits_of(model, some, tokenizer, max_tokens, 1)
    return round((time.process_time() - began) * 1000 / max(1, len(some)), 2)


def write(out, pairs, tokenizer, max_tokens, threads):
    model = out / "check.onnx"
    logits = logits_of(model, pairs, tokenizer, max_tokens, threads)
    labels = np.array([LABELS.index(p.label) for p in pairs])
    # people's pairs alone: rule-made ones are easier, and there is no end of them
    people = np.array([p.part == "calibration" and p.kind.startswith("people:") for p in pairs])
    calibration = [p for p, chosen in zip(pairs, people) if chosen]
    makers = by_maker(calibration)
    temperature = temperature_of(logits[people], labels[people], makers)
    probabilities = softmax(logits / temperature)
    threshold = threshold_of(labels[people] == 0, probabilities[people, 0], makers)
    overlaps = np.array([overlap(p) for p in calibration])
    overlap_threshold = threshold_of(labels[people] == 0, overlaps, makers)
    settings = {"labels": LABELS, "max_tokens": max_tokens, "temperature": round(temperature, 3), "threshold": round(threshold, 3)}
    (out / "check.json").write_text(json.dumps(settings, indent=1) + "\n")
    rows = report(pairs, probabilities, threshold, overlap_threshold)
    whole = {"model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(), "model_bytes": model.stat().st_size,
             "milliseconds_per_pair": milliseconds(model, pairs, tokenizer, max_tokens),
             "trained_on": sorted({*TRAINED, *MORE}), "calibrated_on": sorted({*TRAINED, *CALIBRATED}), "unseen": UNSEEN,
             "files": {name: row[2] for name, row in FILES.items()}, "figures": rows}
    (out / "figures.json").write_text(json.dumps(whole, indent=1) + "\n")
    for name, row in rows.items():
        print(name, row)
    print(settings, whole["milliseconds_per_pair"], "ms a pair")
