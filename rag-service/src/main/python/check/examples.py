"""Pairs to train and measure the check with: people's pairs, and sentences with rule-made changes.

Weights are trained on sets whose licences allow commercial use alone (LICENSED). Of the others, the two largest are kept
apart as the measure of general skill: neither their documents nor their makers are in the training part.
"""
import csv
import gzip
import hashlib
import json
from dataclasses import dataclass

import edits
from sentences import best, premise, split

LICENSED = {"scifact-train": "CC BY 4.0", "fever-symmetric-dev": "CC BY-SA 3.0", "begin-wow-dev": "CC BY 4.0"}
LABELS = ["supported", "contradicted", "not_found"]


@dataclass(frozen=True)
class Pair:
    premise: str
    claim: str
    label: str
    kind: str  # "people:SOURCE", or the name of the edit
    part: str  # train, calibration, held_out, unseen


def part(source_text):
    """Documents, not pairs, are dealt out: 80 % to train, 8 % to calibrate, 12 % to measure."""
    bucket = int(hashlib.sha256(source_text.encode()).hexdigest(), 16) % 100
    return "train" if bucket < 80 else "calibration" if bucket < 88 else "held_out"


def people(path):
    """[(source text, Pair)]; the pair's premise is what the service would take of the source."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            where = part(row["premise"]) if row["source"] in LICENSED else "unseen"
            yield row["premise"], Pair(
                premise(row["premise"], row["claim"]), row["claim"].strip(), row["label"], "people:" + row["source"], where)


def abstracts(path, count):
    with open(path, encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for i, row in enumerate(rows):
            if i == count:
                return
            yield row["title"] + ". " + row["text"]


def pool_of_names(texts):
    return sorted({m.group() for text in texts for m in edits.names(text) if len(m.group().split()) <= 4})


def apply(rules, text, random, pool):
    """(name, changed) by one of the rules that apply, each as likely as the others."""
    order = sorted(rules)
    random.shuffle(order)
    for name in order:
        changed = rules[name](text, random, pool)
        if changed and changed != text and len(changed.split()) >= 3:
            return name, changed
    return None


def of_claim(pair, random, pool, rounds):
    """A person's supported claim, changed: its premise stays, so the words differ as people's do."""
    for _ in range(rounds):
        for rules, label in ((edits.HARMFUL, "contradicted"), (edits.HARMFUL, "contradicted"), (edits.ADDED, "not_found"),
                             (edits.HARMLESS, "supported")):
            made = apply(rules, pair.claim, random, pool)
            if made:
                yield Pair(pair.premise, made[1], label, made[0] + ":claim", pair.part)


def of_sentence(text, random, pool, where):
    """Two sentences of a text, one of them told again: as it is, harmlessly changed, or wrongly."""
    pieces = [text[a:b] for a, b in split(text)]
    usable = [i for i, s in enumerate(pieces) if 6 <= len(s.split()) <= 40]
    if not usable:
        return
    i = random.choice(usable)
    sentence = pieces[i]
    others = pieces[:i] + pieces[i + 1:]
    near = [others[j] for j in best(others, sentence, 1)] if others else []
    told = sentence
    for _ in range(random.choice([0, 1, 1, 2])):
        made = apply(edits.HARMLESS, told, random, pool)
        told = made[1] if made else told

    def source(of):
        both = [of] + near if random.random() < 0.5 else near + [of]
        return " ".join(both) if near and random.random() < 0.7 else of

    yield Pair(source(sentence), told, "supported", "same" if told == sentence else "harmless", where)
    for _ in range(2):
        made = apply(edits.HARMFUL, told, random, pool)
        if made:
            # either side may be the changed one: a model that looks at the claim alone learns nothing from it
            if random.random() < 0.5:
                yield Pair(source(sentence), made[1], "contradicted", made[0], where)
            else:
                swapped = apply({made[0]: edits.HARMFUL[made[0]]}, sentence, random, pool)
                if swapped:
                    yield Pair(source(swapped[1]), told, "contradicted", made[0], where)
            if random.random() < 0.2:
                yield Pair(source(made[1]), made[1], "supported", "same:" + made[0], where)
    added = edits.addition(told, random, pool)
    if random.random() < 0.6:
        yield Pair(source(sentence), added, "not_found", "addition", where)
        if random.random() < 0.4:
            yield Pair(source(added), told, "supported", "added_to_source", where)
    if near and random.random() < 0.6:
        pieces_best = best(others, sentence, 2)
        yield Pair(" ".join(others[j] for j in pieces_best), told, "not_found", "other_sentence", where)


def build(claims, corpus, random, sentences_per_text=2, documents=3000):
    """Every pair, by part. Texts without labels (abstracts, the sets' own passages) give sentences to change."""
    rows = list(people(claims))
    texts = sorted({source for source, pair in rows
                    if pair.kind.split(":")[1] in LICENSED or pair.kind.startswith("people:begin-")})
    documents = list(abstracts(corpus, documents))
    pool = pool_of_names(texts + documents[:800])
    pairs = []
    for _, pair in rows:
        pairs.append(pair)
        if pair.label == "supported" and pair.part != "unseen":
            pairs += of_claim(pair, random, pool, 2 if pair.part == "train" else 1)
    for text in texts:
        for _ in range(max(sentences_per_text, min(8, len(split(text)) // 2))):
            pairs += of_sentence(text, random, pool, part(text))
    for text in documents:
        pairs += of_sentence(text, random, pool, part(text))
    # the sets that stay unseen are changed too, to see each kind of edit where nothing was trained on
    unseen = [p for p in pairs if p.part == "unseen" and p.label == "supported"
              and p.kind in ("people:climate-fever", "people:healthver-dev")]
    for pair in random.sample(unseen, min(600, len(unseen))):
        pairs += [Pair(p.premise, p.claim, p.label, p.kind, "unseen") for p in of_claim(pair, random, pool, 1)]
    return list(dict.fromkeys(pairs))
