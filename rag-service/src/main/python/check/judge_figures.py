"""How well the check, the language model as judge, and the vote of both tell supported claims from others.

    python3 judge_figures.py ask DATA URL KEY MODEL ANSWERS.jsonl [PAIRS_A_MAKER [PROMPT ...]]
    python3 judge_figures.py report ANSWERS.jsonl

`ask` draws so many pairs (60) of each maker, half of them supported, and asks a running gateway: the check, and the model with
each PROMPT; first of the makers that thresholds are chosen by, then of those that nothing was learned from. With more than one
PROMPT it asks of the first alone: prompts are chosen by them, too. `report` chooses the model's threshold by the first and
measures it on the others. The prompt `plain` is that of gateway/grounded/ModelJudge, the vote that of gateway/grounded/Jury.
"""
import json
import math
import random
import sys
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from examples import CALIBRATED, TRAINED, UNSEEN, part
from sentences import premise
from sources import clean, pairs_of

CALIBRATION = [*CALIBRATED, "fever", "multinli", "conjnli"]
SENTENCES = 3  # of a source, as the service reads
CHECK_THRESHOLD = 0.28
SUREST = 0.999
SEED = 2026

QUESTION = "Is the statement fully supported by the source? Answer only Yes or No."
SHOWN = [
    ("The mill was built in 1820 and stands by the river.", "The mill was built in 1910.", "No"),
    ("The mill was built in 1820 and stands by the river.", "The mill is next to a river.", "Yes"),
    ("Anna Berg runs the mill with her two sons.", "Anna Berg bought the mill from her father.", "No"),
    ("Anna Berg runs the mill with her two sons.", "The mill is run by a family.", "Yes"),
]


def said(role, text):
    return {"role": role, "content": text}


def plain(source, claim):
    return [said("user", f"Source:\n{source}\n\nStatement:\n{claim}\n\n{QUESTION}")]


def statement_first(source, claim):
    return [said("user", f"Statement:\n{claim}\n\nSource:\n{source}\n\n{QUESTION}")]


def ruled(source, claim):
    return [said("system", "You compare a statement with a source. Answer Yes if the source says everything that the statement says. "
                           "Answer No if the statement contradicts the source, or says anything that the source doesn't."),
            *plain(source, claim)]


def shown(source, claim):
    return [message for a, b, answer in SHOWN for message in (*plain(a, b), said("assistant", answer))] + plain(source, claim)


PROMPTS = {"plain": plain, "statement_first": statement_first, "ruled": ruled, "shown": shown}


def drawn(data, makers, count, avoided):
    """{maker: [(premise, claim, supported)]}"""
    for maker in makers:
        rows = [row for row in pairs_of(data, maker)
                if row[1].lower() not in avoided and (maker not in TRAINED or part(row[0]) == "calibration")]
        random.Random(SEED).shuffle(rows)
        for supported in (True, False):
            alike = [row for row in rows if (row[2] == "supported") == supported]
            for source, claim, _ in alike[:count // 2]:
                source, claim = clean(source), clean(claim)
                yield maker, premise(source, claim, SENTENCES), claim, supported


class Gateway:
    def __init__(self, url, key, model):
        self.url, self.key, self.model = url, key, model

    def post(self, path, body):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Authorization": "Bearer " + self.key, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.load(answer)

    def check(self, source, claim):
        """The probability that the claim is supported; None where the check finds none in it."""
        answer = self.post("/v1/groundedness", {"text": claim, "passages": [source]})
        return answer["score"] if answer["sentences"] else None

    def judge(self, messages):
        """The share of Yes of what Yes and No have together as the first word; None where it is neither."""
        answer = self.post("/v1/chat/completions", {
            "model": self.model, "messages": messages, "max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 20})
        likely = {"yes": 0.0, "no": 0.0}
        for token in answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]:
            word = token["token"].strip().lower()
            if word in likely:
                likely[word] += math.exp(token["logprob"])
        total = sum(likely.values())
        return likely["yes"] / total if total else None


def ask(data, url, key, model, out, count=60, *prompts):
    data, count, prompts = Path(data), int(count), prompts or ("plain",)
    known = {claim.lower() for maker in [*TRAINED, *CALIBRATED] for _, claim, _ in pairs_of(data, maker)}
    rows = [("calibration", *row) for row in drawn(data, CALIBRATION, count, set())]
    if len(prompts) == 1:
        rows += [("measured", *row) for row in drawn(data, UNSEEN, count, known)]
    random.Random(SEED).shuffle(rows)  # what is broken off is a sample of all
    gateway = Gateway(url, key, model)

    def answers(row):
        where, maker, source, claim, supported = row
        return {"model": model, "part": where, "maker": maker, "supported": supported, "check": gateway.check(source, claim),
                "judge": {name: gateway.judge(PROMPTS[name](source, claim)) for name in prompts}}

    with open(out, "w", encoding="utf-8") as file, ThreadPoolExecutor(2) as threads:
        for answer in threads.map(answers, rows):
            file.write(json.dumps(answer) + "\n")
            file.flush()


def odds(probability):
    bounded = min(max(probability, 1 - SUREST), SUREST)
    return math.log(bounded / (1 - bounded))


def vote(check, yes, threshold):
    return (odds(check) - odds(CHECK_THRESHOLD) + odds(yes) - odds(threshold)) / 2


def auc(rows):
    """Of (score, supported)."""
    positive, negative = ([score for score, supported in rows if supported == wanted] for wanted in (True, False))
    wins = sum((p > n) + (p == n) / 2 for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def balanced(rows, threshold):
    found = {wanted: [score >= threshold for score, supported in rows if supported == wanted] for wanted in (True, False)}
    return (sum(found[True]) / len(found[True]) + 1 - sum(found[False]) / len(found[False])) / 2


def by_maker(rows):
    groups = defaultdict(list)
    for row in rows:
        groups[row["maker"]].append(row)
    return groups


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def threshold_of(rows, prompt):
    """That with the highest balanced accuracy, each maker counting alike; the middle of the best stretch where several are."""
    makers = [[(row["judge"][prompt], row["supported"]) for row in group] for group in by_maker(rows).values()]
    tried = [i / 200 for i in range(1, 200)]
    figures = [mean(balanced(maker, threshold) for maker in makers) for threshold in tried]
    best = [threshold for threshold, figure in zip(tried, figures) if figure == max(figures)]
    return best[len(best) // 2]


def figures(rows, prompt, threshold):
    """AUC and balanced accuracy of check, judge and vote."""
    check = [(row["check"], row["supported"]) for row in rows]
    judge = [(row["judge"][prompt], row["supported"]) for row in rows]
    both = [(vote(row["check"], row["judge"][prompt], threshold), row["supported"]) for row in rows]
    return [auc(check), auc(judge), auc(both), balanced(check, CHECK_THRESHOLD), balanced(judge, threshold), balanced(both, 0)]


def above_check(groups, prompt, threshold, count=500):
    """By how much the judge's and the vote's mean AUC and balanced accuracy are above the check's, and the standard deviation of
    that over pairs drawn anew."""
    randoms = random.Random(SEED)

    def differences(some):
        auc_check, auc_judge, auc_vote, check, judge, both = (
            mean(column) for column in zip(*(figures(group, prompt, threshold) for group in some)))
        return auc_judge - auc_check, auc_vote - auc_check, judge - check, both - check

    def again(group):
        halves = [[row for row in group if row["supported"] == wanted] for wanted in (True, False)]
        return [randoms.choice(half) for half in halves for _ in half]

    found = differences(groups.values())
    drawn_anew = zip(*(differences([again(group) for group in groups.values()]) for _ in range(count)))
    return [(value, math.sqrt(mean((x - mean(column)) ** 2 for x in column))) for value, column in zip(found, map(list, drawn_anew))]


def line(name, count, row):
    print(f"{name:24} {count:5} | " + " ".join(f"{figure:6.3f}" for figure in row), flush=True)


def report(path):
    rows = [json.loads(text) for text in Path(path).read_text(encoding="utf-8").splitlines()]
    for prompt in rows[0]["judge"]:
        usable = [row for row in rows if row["check"] is not None and row["judge"][prompt] is not None]
        calibration = [row for row in usable if row["part"] == "calibration"]
        threshold = threshold_of(calibration, prompt)
        print(f"{rows[0]['model']}, {prompt}: threshold {threshold}; {len(rows) - len(usable)} of {len(rows)} pairs without an answer")
        print(f"{'':24} pairs | AUC: check, judge, vote; balanced accuracy: check, judge, vote")
        for where in ("calibration", "measured"):
            groups = by_maker(row for row in usable if row["part"] == where)
            of = {maker: figures(group, prompt, threshold) for maker, group in groups.items()}
            for maker, row in of.items():
                line(maker, len(groups[maker]), row)
            if of:
                line(where + ", mean", sum(map(len, groups.values())), [mean(column) for column in zip(*of.values())])
                names = ("AUC of judge", "AUC of vote", "balanced accuracy of judge", "of vote")
                print("above the check:", ", ".join(
                    f"{name} {value:+.3f} ± {deviation:.3f}"
                    for name, (value, deviation) in zip(names, above_check(groups, prompt, threshold))))


if __name__ == "__main__":
    {"ask": ask, "report": report}[sys.argv[1]](*sys.argv[2:])
