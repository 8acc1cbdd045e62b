"""Pairs to train and measure the check with: people's pairs, and sentences with rule-made changes."""
import csv
import hashlib
from collections import defaultdict

import edits
from sentences import best, premise, split
from sources import Pair, clean, pairs_of, paragraphs, squad

# maker: (licence, how many of its pairs are trained on at most, how often each)
TRAINED = {
    "multinli": ("OANC and Creative Commons, see the corpus", 20_000, 1),
    "snli": ("CC BY-SA 4.0", 9_000, 1),
    "counterfactual-nli": ("Apache 2.0, on SNLI", 8_000, 1),
    "fever": ("CC BY-SA 3.0", 14_000, 1),
    "fever-symmetric": ("CC BY-SA 3.0", 1_400, 2),
    "conjnli": ("MIT, on Wikipedia", 15_000, 1),
    "fool-me-twice": ("Apache 2.0, on Wikipedia", 1_100, 2),
    "wice": ("ODC-By, on Wikipedia", 700, 2),
    "scifact-train": ("CC BY 4.0", 1_300, 2),
    "begin-wow-dev": ("CC BY 4.0", 450, 2),
    "begin-cmu-dev": ("CC BY 4.0", 450, 2),
    "begin-tc-dev": ("CDLA-Sharing 1.0", 450, 2),
    "squad": ("CC BY-SA 4.0", 1_600, 1),
    "med": ("CC BY-SA 4.0", 2_200, 1),
    "help": ("CC BY-SA 4.0", 2_000, 1),
    "breaking-nli": ("CC BY-SA 4.0", 2_400, 1),
}
MORE = ["factcheck-gpt", "wiki-split", "entailment-bank"]  # trained on whole, measured nowhere
CALIBRATED = {"fool-me-twice-test": "Apache 2.0, on Wikipedia", "scitail": "Apache 2.0"}
# licence not stated, not for commerce, or kept as a benchmark: never trained on, nor is any number chosen by them
UNSEEN = ["vitaminc", "climate-fever", "healthver-dev", "covidfact", "rte", "lingnli", "wiki-nli"]
CHANGED = {"fever": 3_000, "multinli": 2_500, "conjnli": 2_500}  # supported claims that are changed; of the rest, all
MEASURED = 1_200  # pairs of a maker


def bucket(text):
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 100


def part(source_text):
    """Documents, not pairs, are dealt out: 92 % to train, 4 % to calibrate, 4 % to measure."""
    found = bucket(source_text)
    return "train" if found < 92 else "calibration" if found < 96 else "held_out"


def people(data, random):
    """[(source text, Pair)]; the pair's premise is what the service would take of the source."""
    for maker in [*TRAINED, *CALIBRATED, *UNSEEN]:
        rows = list(squad(data)) if maker == "squad" else list(pairs_of(data, maker))
        random.shuffle(rows)
        limit = TRAINED[maker][1] if maker in TRAINED else MEASURED
        counts = defaultdict(int)
        for source, claim, label in rows:
            where = part(source) if maker in TRAINED else "calibration" if maker in CALIBRATED else "unseen"
            counts[where] += 1
            if counts[where] <= (limit if where in ("train", "unseen") else 300 if maker in TRAINED else MEASURED):
                source, claim = clean(source), clean(claim)
                yield source, Pair(premise(source, claim), claim, label, "people:" + maker, where)


def abstracts(path, count):
    with open(path, encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["title"] + ". " + row["text"] for _, row in zip(range(count), rows)]


def pool_of_names(texts):
    return sorted({m.group() for text in texts for m in edits.names(text) if len(m.group().split()) <= 4})


def pool_for(source, pool, random):
    """Now and then the source's own names and numbers: the changed claim then has no word that the source lacks."""
    if random.random() < 0.45:
        own = [m.group() for m in edits.names(source)] + [m.group() for m in edits.NUMBER.finditer(source)]
        return own or pool
    return pool


def apply(rules, text, random, pool):
    """(name, changed) by one of the rules that apply, each as likely as the others."""
    order = sorted(rules)
    random.shuffle(order)
    for name in order:
        changed = rules[name](text, random, pool)
        if changed and changed != text and len(changed.split()) >= 3:
            return name, changed
    return None


def of_claim(pair, random, pool):
    """A person's supported claim, changed: its premise stays, so the words differ as people's do."""
    made = apply(edits.HARMFUL, pair.claim, random, pool_for(pair.premise, pool, random))
    if made:
        yield Pair(pair.premise, made[1], "contradicted", made[0] + ":claim", pair.part)
    if random.random() < 0.3:
        added = edits.addition(pair.claim, random, pool)
        yield Pair(pair.premise, added, "not_found", "addition:claim", pair.part)
        if random.random() < 0.5:
            stem = pair.claim.rstrip(" .!?")
            yield Pair(pair.premise.rstrip(" .!?") + added[len(stem):], added, "supported", "addition:both", pair.part)
    if random.random() < 0.5:
        harmless = apply(edits.HARMLESS, pair.claim, random, pool)
        if harmless:
            yield Pair(pair.premise, harmless[1], "supported", harmless[0] + ":claim", pair.part)
    # the source changed where both say the same: neither text shows alone which one is wrong
    if random.random() < 0.5:
        other = edits.shared(pair.premise, pair.claim, random, pool)
        if other:
            source, claim = other
            yield Pair(source, pair.claim, "contradicted", "source", pair.part)
            if random.random() < 0.5:
                yield Pair(source, claim, "supported", "both", pair.part)


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
        return " ".join(both) if near and random.random() < 0.5 else of

    yield Pair(source(sentence), told, "supported", "same" if told == sentence else "harmless", where)
    made = apply(edits.HARMFUL, told, random, pool_for(text, pool, random))
    if made:
        # either side may be the changed one: a model that looks at the claim alone learns nothing from it
        if random.random() < 0.5:
            yield Pair(source(sentence), made[1], "contradicted", made[0], where)
        else:
            yield Pair(source(made[1]), told, "contradicted", made[0], where)
        if random.random() < 0.2:
            yield Pair(source(made[1]), made[1], "supported", "same:" + made[0], where)
    if random.random() < 0.4:
        added = edits.addition(told, random, pool)
        yield Pair(source(sentence), added, "not_found", "addition", where)
        if random.random() < 0.4:
            yield Pair(source(added), told, "supported", "added_to_source", where)
    if near and random.random() < 0.4:
        yield Pair(" ".join(others[j] for j in best(others, sentence, 2)), told, "not_found", "other_sentence", where)


def build(data, random):
    """Every pair, by part. Texts without labels (abstracts, Wikipedia's paragraphs) give sentences to change."""
    rows = list(people(data, random))
    seen = {pair.claim.lower() for _, pair in rows if pair.part != "unseen"}
    rows = [row for row in rows if row[1].part != "unseen" or row[1].claim.lower() not in seen]
    texts = random.sample(sorted({clean(text) for text in paragraphs(data)}), 900) + abstracts(data / "corpus.tsv", 300)
    pool = pool_of_names(texts + [source for source, pair in rows if pair.kind in ("people:fever", "people:conjnli")][:2000])
    pairs, changed = [], defaultdict(int)
    for _, pair in rows:
        pairs.append(pair)
        maker = pair.kind.split(":")[1]
        if pair.label == "supported" and maker in TRAINED and maker not in ("snli", "counterfactual-nli", "med", "help", "breaking-nli"):
            changed[maker] += 1
            if pair.part != "train" or changed[maker] <= CHANGED.get(maker, 10_000):
                pairs += of_claim(pair, random, pool)
    for text in texts:
        pairs += of_sentence(text, random, pool, part(text))
    # the sets that stay unseen are changed too, to see each kind of edit where nothing was trained on
    unseen = [p for p in pairs if p.part == "unseen" and p.label == "supported"
              and p.kind in ("people:climate-fever", "people:healthver-dev", "people:vitaminc")]
    for pair in random.sample(unseen, min(900, len(unseen))):
        pairs += of_claim(pair, random, pool)
    return list(dict.fromkeys(pairs))
