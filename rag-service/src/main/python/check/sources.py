"""People's pairs that the check is trained and measured on: where each file is from, and how it is read.

    python3 sources.py collect MIRRORS DATA     # MIRRORS/owner+name is a clone of github.com/owner/name

writes the files of FILES to DATA, each held to its SHA-256. Trained on are only sets whose licences allow commercial use;
the others are measured, to see what the check does on texts and makers that it doesn't know.
"""
import csv
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from sentences import premise

LABELS = ["supported", "contradicted", "not_found"]
NLI = {"entailment": "supported", "contradiction": "contradicted", "neutral": "not_found",
       "e": "supported", "c": "contradicted", "n": "not_found"}
FACTS = {"SUPPORTS": "supported", "REFUTES": "contradicted", "NOT ENOUGH INFO": "not_found",
         "SUPPORTED": "supported", "REFUTED": "contradicted", "supported": "supported",
         "partially_supported": "not_found", "not_supported": "not_found"}


@dataclass(frozen=True)
class Pair:
    premise: str
    claim: str
    label: str
    kind: str  # "people:MAKER", or the name of the edit
    part: str  # train, calibration, held_out, unseen


# name: (repository, path, SHA-256 of the file)
FILES = {name: tuple(row) for name, row in json.loads((Path(__file__).parent / "sources.json").read_text()).items()}


def clean(text):
    """Without the marks of tokenised corpora."""
    text = (text.replace("-LRB-", "(").replace("-RRB-", ")").replace("-LSB-", "[").replace("-RSB-", "]")
            .replace("``", '"').replace("''", '"').replace(" n't", "n't"))
    text = re.sub(r"(?<=\w) (?='(?:s|re|ve|ll|d|m)\b)", "", text)
    text = re.sub(r"\s+([.,;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[])\s+", r"\1", text)
    text = re.sub(r"\s+", " ", text).strip()
    return text[:1].upper() + text[1:]


def lines(data, name):
    return (data / name).read_text(encoding="utf-8-sig", errors="replace").split("\n")


def jsons(data, name):
    return [json.loads(line) for line in lines(data, name) if line.strip()]


def table(data, name, delimiter="\t"):
    quoting = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    return csv.DictReader(io.StringIO((data / name).read_text(encoding="utf-8-sig"), newline=""), delimiter=delimiter, quoting=quoting)


def pairs_of(data, maker):
    """(source text, claim, label) of one maker, as its people wrote them."""
    if maker == "snli":
        for split in ("dev", "test"):
            columns = [lines(data, f"snli-{c}.{split}") for c in ("s1", "s2", "labels")]
            yield from ((a, b, NLI[c]) for a, b, c in zip(*columns) if c in NLI)
    elif maker == "multinli":
        yield from ((r["premise"], r["hypothesis"], NLI[r["label"]]) for r in table(data, "multinli-dev.csv", ","))
    elif maker == "counterfactual-nli":
        for split in ("train", "dev", "test"):
            yield from ((r["sentence1"], r["sentence2"], NLI[r["gold_label"]]) for r in table(data, f"counterfactual-{split}.tsv"))
    elif maker == "fever":
        labels = {"entailment": "supported", "not_entailment": "contradicted"}
        columns = [lines(data, f"fever-dev.{c}") for c in ("input0", "input1", "label")]
        yield from ((a, b, labels[c]) for a, b, c in zip(*columns) if c)
    elif maker == "fever-symmetric":
        yield from ((r["sentence1"], r["sentence2"], FACTS[r["gold_label"]])
                    for split in ("dev", "test") for r in jsons(data, f"fever-symmetric-{split}.jsonl"))
    elif maker == "conjnli":
        for name in ("conjnli-train.tsv", "conjnli-dev.tsv"):
            yield from ((r["Premise"], r["Hypothesis"], NLI[r["Label"].strip()]) for r in table(data, name)
                        if (r["Label"] or "").strip() in NLI)
    elif maker in ("fool-me-twice", "fool-me-twice-test"):
        split = "test" if maker.endswith("test") else "dev"
        yield from ((" ".join(e["text"] for e in r["gold_evidence"]), r["text"], FACTS[r["label"]])
                    for r in jsons(data, f"fool-me-twice-{split}.jsonl") if r["gold_evidence"])
    elif maker == "wice":
        for name in ("wice-dev.jsonl", "wice-tokens-train.jsonl"):
            yield from (row for r in jsons(data, name) for row in wice(r))
    elif maker == "med":
        yield from ((r["sentence1"], r["sentence2"], NLI[r["gold_label"]]) for r in table(data, "med.tsv") if r["gold_label"] in NLI)
    elif maker == "help":
        yield from ((r["ori_sentence"], r["new_sentence"], NLI[r["gold_label"]]) for c in ("and", "or")
                    for r in table(data, f"help-{c}.tsv") if r["gold_label"] in NLI)
    elif maker == "breaking-nli":
        with zipfile.ZipFile(data / "breaking-nli.zip") as archive:
            for line in archive.read("data/dataset.jsonl").decode().split("\n"):
                r = json.loads(line) if line.strip() else {"gold_label": "-"}
                if r["gold_label"] in NLI:
                    yield r["sentence1"], r["sentence2"], NLI[r["gold_label"]]
    elif maker == "scitail":
        yield from ((r["premise"], r["hypothesis"], "supported" if r["label"] == "entailment" else "not_found")
                    for r in table(data, "scitail-dev.csv", ","))
    elif maker == "rte":
        yield from ((r["premise"], r["hypothesis"], "supported" if r["label"] == "entailment" else "not_found")
                    for r in table(data, "rte-train.csv", ","))
    elif maker == "covidfact":
        yield from ((" ".join(r["evidence"]), r["claim"], FACTS[r["label"]]) for r in jsons(data, "covidfact.jsonl"))
    elif maker == "wiki-nli":
        yield from ((r["premise"], r["hypothesis"], NLI[r["label"]]) for c in ("base", "sim", "translate")
                    for r in jsons(data, f"wiki-nli-{c}.jsonl") if r["label"] in NLI)
    elif maker == "lingnli":
        yield from ((r["premise"], r["hypothesis"], NLI[r["label"]]) for r in jsons(data, "lingnli-val.jsonl") if r["label"] in NLI)
    elif maker == "vitaminc":
        for r in json.loads((data / "vitaminc.json").read_text())["examples"]:
            evidence, claim = r["input"].split("\nClaim: ")
            label = max(r["target_scores"], key=r["target_scores"].get)
            yield (evidence.split(": ", 1)[-1], claim,
                   {"True": "supported", "False": "contradicted", "Neither": "not_found"}[label])
    elif maker == "factcheck-gpt":
        stances = {"completely-support": "supported", "refute": "contradicted", "partially-support": "not_found", "irrelevant": "not_found"}
        yield from ((r["evidence"], r["claim"], stances[r["stance"]]) for r in jsons(data, "factcheck-gpt.jsonl"))
    elif maker == "wiki-split":
        yield from wiki_split(data)
    elif maker == "entailment-bank":
        yield from entailment_bank(data)
    elif maker in ("qags-cnndm", "qags-xsum"):
        for r in jsons(data, maker + ".jsonl"):
            for s in r["summary_sentences"]:
                yes = sum(answer["response"] == "yes" for answer in s["responses"])
                yield r["article"], s["sentence"], "supported" if yes * 2 > len(s["responses"]) else "not_found"
    elif maker == "cliff":
        for r in table(data, "cliff.csv", ","):
            yield r["doc"], r["summ"], "supported" if r["error_type"] == "correct" else "not_found"
    else:
        with gzip.open(data / "train.jsonl.gz", "rt", encoding="utf-8") as rows:
            yield from ((r["premise"], r["claim"], r["label"]) for r in map(json.loads, rows) if r["source"] == maker)


def wiki_split(data):
    """A long sentence of Wikipedia and the two that its editors made of it: each way the one says what the other says."""
    for name in ("wiki-split-tune.tsv", "wiki-split-validation.tsv"):
        for line in lines(data, name):
            if "\t" in line:
                whole, parts = line.split("\t")
                first, second = (p.strip() for p in parts.split("<::::>"))
                yield f"{first} {second}", whole, "supported"
                yield whole, first, "supported"
                if len(second.split()) > 6 and second.split()[0] not in ("It", "He", "She", "They", "This", "These", "His", "Her", "Its", "Their"):
                    yield whole, second, "supported"


def entailment_bank(data):
    """Steps of proofs: two or three sentences and what follows of them, and not of all but one of them."""
    for r in jsons(data, "entailment-bank-dev.jsonl"):
        texts = {**r["meta"]["triples"], **r["meta"]["intermediate_conclusions"]}
        for step in r["meta"]["step_proof"].split(";"):
            if "->" in step:
                left, right = step.split("->")
                told = right.split(":", 1)[1].strip() if ":" in right else r["hypothesis"]
                from_ = [texts[k.strip()] for k in left.split("&") if k.strip() in texts]
                if len(from_) > 1:
                    yield ". ".join(from_) + ".", told, "supported"
                    yield from_[0] + ".", told, "not_found"


def wice(row):
    """A claim of Wikipedia beside what people chose of the cited page; what nobody supports, beside the page's nearest."""
    chosen = row["supporting_sentences"][0] if row["supporting_sentences"] else []
    evidence = row["evidence"]
    source = " ".join(evidence[i] for i in chosen) if chosen else premise(" ".join(evidence), row["claim"])
    yield source, row["claim"], FACTS[row["label"]]


def squad(data):
    """Questions that ask for a subject ("Who wrote X?"), told with an answer: right, wrong, or to a question without one.

    SQuAD 2.0's unanswerable questions are people's own small changes: another name, an antonym, a negation.
    """
    wh = re.compile(r"^(?:Who|What (?:\w+ ){1,2}|Which (?:\w+ ){1,2})\s*(?=(?!do |does |did |is |are |was |were |has |had |have |can |will |would )"
                    r"\w+(?:ed|s|ew|ote|ook|on|ought|ade|elt|ave|an) )(.+)\?$")
    for name in ("squad-dev.json", "squad-test.json"):
        for article in json.loads((data / name).read_text())["data"]:
            for paragraph in article["paragraphs"]:
                answers = [q["answers"][0]["text"] for q in paragraph["qas"] if q["answers"]]
                for q in paragraph["qas"]:
                    told = wh.match(q["question"].strip())
                    if not told:
                        continue
                    rest = told.group(1).strip()
                    if q["answers"]:
                        right = q["answers"][0]["text"]
                        yield paragraph["context"], f"{right} {rest}.", "supported"
                        wrong = [a for a in answers if a.lower() not in right.lower() and right.lower() not in a.lower()
                                 and a[0].isupper() == right[0].isupper() and a[0].isdigit() == right[0].isdigit()]
                        if wrong:
                            yield paragraph["context"], f"{wrong[len(rest) % len(wrong)]} {rest}.", "contradicted"
                    elif q.get("plausible_answers"):
                        yield paragraph["context"], f"{q['plausible_answers'][0]['text']} {rest}.", "not_found"


def paragraphs(data):
    """Wikipedia's text, to be changed by rule."""
    for name in ("squad-dev.json", "squad-test.json"):
        for article in json.loads((data / name).read_text())["data"]:
            yield from (p["context"] for p in article["paragraphs"])


def collect(mirrors, data):
    data.mkdir(parents=True, exist_ok=True)
    for name, (repository, path, sha) in FILES.items():
        if repository.startswith("package ") or not repository:
            print("to be put there by hand:", name, repository, path)
            continue
        folder = mirrors / repository.split("@")[0].replace("/", "+")
        commit = repository.split("@")[1]
        git = next(p for p in (folder / "repo" / ".git", folder / "repo", folder / ".git", folder) if (p / "HEAD").exists())
        raw = subprocess.run(["git", f"--git-dir={git}", "show", f"{commit}:{path}"], check=True, capture_output=True).stdout
        found = hashlib.sha256(raw).hexdigest()
        if sha and found != sha:
            raise SystemExit(f"{name} has SHA-256 {found}, expected {sha}")
        (data / name).write_bytes(raw)


if __name__ == "__main__":
    collect(Path(sys.argv[2]), Path(sys.argv[3]))
