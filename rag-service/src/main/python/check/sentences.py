"""Sentences of a text, and those of a source that best match a claim: the same rules as the service's own.

dev.millrace.rag.check.Premises picks the premise by `cover`'s rule; SentencesTest and PremisesTest hold both sides to
the same golden file, which `python3 sentences.py` prints.
"""
import json
import math
import re
import sys

WORD = re.compile(r"[^\W_]+", re.UNICODE)
BORDER = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])|[。！？]+[”’」』）]*|\n\s*\n")
ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|cf|al|Fig|No|Inc|Ltd|Jr|Sr|approx|e\.g|i\.e)|\b[A-Z])\.$")
STOP = frozenset(
    "a an the of in on at to for and or but is are was were be been by with as that this it its from has have had he she"
    " they his her their which who not".split())


def split(text):
    """(start, end) of each sentence, without the white space around it."""
    spans, start = [], 0
    for border in BORDER.finditer(text):
        end = border.end()
        if ABBREVIATION.search(text[max(0, border.start() - 12):border.start() + 1]) and text[border.start()] == ".":
            continue
        spans.append((start, end))
        start = end
    spans.append((start, len(text)))
    trimmed = []
    for a, b in spans:
        piece = text[a:b]
        a += len(piece) - len(piece.lstrip())
        b = a + len(piece.strip())
        if b > a:
            trimmed.append((a, b))
    return trimmed


def terms(text):
    """What two texts are compared by: lower-case words without their plural s; Chinese by single characters."""
    found = []
    for word in WORD.findall(text.lower()):
        if "\u4e00" <= word[0] <= "\u9fff":
            found.extend(word)
        elif word not in STOP:
            found.append(word[:-1] if len(word) > 3 and word.endswith("s") else word)
    return found


def best(source_sentences, claim, count=2):
    """Indices, in order of the source, of the `count` sentences that together hold most of the claim's rarer terms."""
    bags = [set(terms(sentence)) for sentence in source_sentences]
    wanted = set(terms(claim))
    weight = {t: math.log(1 + (len(bags) + 1) / (1 + sum(t in bag for bag in bags))) for t in wanted}
    chosen, covered = [], set()
    for _ in range(min(count, len(bags))):
        def gain(i):
            bag = bags[i]
            new = sum(weight[t] for t in sorted(bag & wanted - covered))
            return new / (1 + math.log(1 + len(bag)) / 10)
        candidates = [i for i in range(len(bags)) if i not in chosen]
        pick = max(candidates, key=lambda i: (gain(i), -i))
        if chosen and gain(pick) <= 0:
            break
        chosen.append(pick)
        covered |= bags[pick]
    return sorted(chosen)


def premise(source, claim, count=2):
    """The text of the best matching sentences."""
    pieces = [source[a:b] for a, b in split(source)]
    return " ".join(pieces[i] for i in best(pieces, claim, count))


def goldens():
    texts = [
        ("Dr. Smith met J. Doe in 1998. They spoke of U.S. law! \"Was it long?\" It was (very). 3 more came.",
         "Smith met Doe in 1998."),
        ("今天下雨。他说：“不去了！”我们明天再去吧？好的", "他明天再去。"),
        ("One line without an end\n\nAnother paragraph, e.g. this one. The end", "another paragraph"),
        ("Levels rose by 3.5 % in 12 of 20 patients. Levels fell in 8. No patient died.", "No patient died."),
    ]
    for text, claim in texts:
        pieces = [text[a:b] for a, b in split(text)]
        yield {"text": text, "claim": claim, "spans": split(text), "best": best(pieces, claim)}


if __name__ == "__main__":
    json.dump(list(goldens()), sys.stdout, ensure_ascii=False, indent=1)
