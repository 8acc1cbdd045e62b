"""Rule-made changes of a sentence, each with the label that it has by construction.

`harmful` edits turn what a source supports into what it contradicts (changed numbers, dates, names, antonyms, negations,
swapped roles) or doesn't say (added facts); `harmless` ones leave it supported. Every function takes a sentence, a random
generator and a pool of names, and gives the changed sentence or None where the rule doesn't apply.
"""
import re

NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve".split()
MONTHS = "January February March April May June July August September October November December".split()
ANTONYMS = [pair.split("/") for pair in (
    "increase/decrease increased/decreased increases/decreases increasing/decreasing higher/lower high/low more/less "
    "more/fewer most/least better/worse best/worst larger/smaller large/small largest/smallest bigger/smaller "
    "before/after early/late earlier/later first/last positive/negative positively/negatively always/never "
    "all/none many/few rarely/often frequently/rarely inside/outside above/below up/down rise/fall rose/fell rises/falls "
    "rising/falling won/lost win/lose gain/loss strong/weak stronger/weaker strongly/weakly old/new older/younger "
    "oldest/youngest young/old long/short longer/shorter fast/slow faster/slower hot/cold warm/cool warming/cooling "
    "good/bad easy/difficult easily/hardly rich/poor major/minor maximum/minimum male/female men/women man/woman boy/girl "
    "mother/father son/daughter brother/sister husband/wife north/south northern/southern east/west eastern/western left/right "
    "began/ended begins/ends start/stop started/stopped born/died alive/dead open/closed public/private "
    "accepted/rejected accept/reject allow/forbid allowed/forbidden approved/refused include/exclude includes/excludes "
    "including/excluding included/excluded present/absent presence/absence promote/inhibit promotes/inhibits promoted/inhibited "
    "activate/inhibit activates/inhibits activation/inhibition induce/suppress induces/suppresses induced/suppressed "
    "enhance/impair enhances/impairs enhanced/impaired improve/worsen improves/worsens improved/worsened reduce/raise "
    "reduces/raises reduced/raised upregulated/downregulated upregulation/downregulation sensitive/resistant benefit/harm "
    "beneficial/harmful protective/harmful acute/chronic success/failure successful/unsuccessful succeeded/failed "
    "likely/unlikely possible/impossible able/unable necessary/unnecessary common/rare effective/ineffective "
    "significant/insignificant with/without buy/sell bought/sold sent/received arrived/left entered/left "
    "created/destroyed built/destroyed expand/shrink expanded/shrank support/oppose supported/opposed supports/opposes "
    "majority/minority popular/unpopular directly/indirectly natural/artificial wild/domestic real/fictional "
    "lightest/heaviest tall/short wide/narrow deep/shallow full/empty same/different similar/different "
    "gained/lost added/removed add/remove upper/lower front/back day/night summer/winter ancient/modern").split()]
SYNONYMS = [pair.split("/") for pair in (
    "began/started begin/start begins/starts big/large also/additionally show/demonstrate shows/demonstrates "
    "showed/demonstrated shown/demonstrated used/employed use/employ uses/employs about/approximately many/numerous often/frequently "
    "film/movie films/movies help/assist helps/assists helped/assisted called/named occurs/happens occur/happen occurred/happened "
    "near/close-to important/significant because/since although/though get/obtain gets/obtains result/outcome results/outcomes "
    "illness/disease quickly/rapidly rapid/fast purchase/buy purchased/bought assess/evaluate assessed/evaluated "
    "children/kids physician/doctor physicians/doctors need/require needs/requires needed/required "
    "identified/found identify/find suggests/indicates suggest/indicate suggested/indicated main/primary end/finish "
    "built/constructed made/produced made/created wrote/authored received/got several/various whole/entire "
    "increased/grew increase/growth reduced/lowered reduces/lowers reduce/lower nearly/almost within/inside usually/generally "
    "job/occupation author/writer").split()]
ADDITIONS = (
    "in {year}", "for the first time", "in {name}", "despite strong opposition", "at the request of {name}",
    "after a long illness", "for less than {n} dollars", "together with {name}", "which won several awards",
    "and was later sold to {name}", "mostly among young people", "within {n} weeks", "according to {name}",
    "because of a lack of money", "which was confirmed by {name}", "and this was repeated {n} times", "in more than {n} countries",
    "while working with {name}", "as part of a government programme", "in winter")
VERBS = (r"(?<![A-Za-z])(is|are|was|were|has|have|had|can|could|may|might|will|would|should|does|did|must)(?![A-Za-z'])")
NAME = re.compile(r"(?<![.!?] )(?<!^)\b(?:[A-Z][\w'-]*[a-z0-9][\w'-]*|[A-Z]{2,}[\w-]*)(?: (?:of (?=[A-Z]))?[A-Z][\w'-]+)*")
NOT_NAMES = frozenset(MONTHS) | {"I", "The", "A", "An", "In", "It", "He", "She", "They", "This", "These", "We", "Our", "But", "And"}
NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w-])")


def names(text):
    return [m for m in NAME.finditer(text) if m.group() not in NOT_NAMES and len(m.group()) > 1]


def replace(text, match, word):
    return text[:match.start()] + word + text[match.end():]


def pick_word(text, random, pairs):
    found = []
    for a, b in pairs:
        for one, other in ((a, b), (b, a)):
            found += [(m, other) for m in re.finditer(rf"(?<![\w-]){one}(?![\w-])", text, re.IGNORECASE)]
    if not found:
        return None
    match, other = random.choice(found)
    other = other.replace("-", " ")
    if match.group()[0].isupper():
        other = other[0].upper() + other[1:]
    return replace(text, match, other)


def number(text, random, pool):
    found = list(NUMBER.finditer(text))
    words = [m for m in re.finditer(r"\b(?:" + "|".join(NUMBER_WORDS) + r")\b", text, re.IGNORECASE)]
    if not found and not words:
        return None
    match = random.choice(found + words)
    old = match.group()
    if not old[0].isdigit():
        return replace(text, match, random.choice([w for w in NUMBER_WORDS if w != old.lower()]))
    value = float(old.replace(",", ""))
    if re.fullmatch(r"1[5-9]\d\d|20\d\d", old):
        new = str(int(value) + random.choice([-1, 1]) * random.randint(1, 30))
    elif "." in old:
        new = f"{value * random.choice([0.2, 0.5, 0.7, 1.4, 2, 3]):.{len(old.split('.')[1])}f}"
    else:
        new = str(max(1, round(value * random.choice([0.2, 0.5, 0.8, 1.3, 2, 3, 10])) + random.randint(0, 2)))
    own = [n for n in pool if n[0].isdigit() and n != old] if len(pool) < 200 else []
    new = random.choice(own) if own else new
    return None if new == old else replace(text, match, new)


def date(text, random, pool):
    found = list(re.finditer(r"\b(?:" + "|".join(MONTHS) + r")\b", text))
    if not found:
        return None
    match = random.choice(found)
    return replace(text, match, random.choice([m for m in MONTHS if m != match.group()]))


def entity(text, random, pool):
    found = names(text)
    if not found:
        return None
    match = random.choice(found)
    same = [n for n in (random.choice(pool) for _ in range(30))
            if (len(pool) < 200 or len(n.split()) == len(match.group().split()) and n.isupper() == match.group().isupper())
            and n.lower() not in text.lower() and n[0].isalpha()]
    return replace(text, match, same[0]) if same else None


def things(text, random):
    """Swaps two nouns that have their own articles: "the dog bit the man"."""
    found = list(re.finditer(r"\b(?:[Tt]he|[Aa]n?) ([a-z]{4,})\b", text))
    distinct = [(a, b) for i, a in enumerate(found) for b in found[i + 1:] if a.group(1) != b.group(1)
                and not re.fullmatch(r",?\s*(?:and|or|of|,|&)?\s*", text[a.end():b.start()])]
    if not distinct:
        return None
    a, b = random.choice(distinct)
    return text[:a.start(1)] + b.group(1) + text[a.end(1):b.start(1)] + a.group(1) + text[b.end(1):]


def roles(text, random, pool):
    if random.random() < 0.35:
        swapped = things(text, random)
        if swapped:
            return swapped
    found = [m for m in re.finditer(NAME.pattern + r"|^[A-Z][\w'-]+(?: [A-Z][\w'-]+)*", text) if m.group() not in NOT_NAMES]
    distinct = [(a, b) for i, a in enumerate(found) for b in found[i + 1:]
                if a.group().lower() not in b.group().lower() and b.group().lower() not in a.group().lower()
                and not re.fullmatch(r",?\s*(?:and|or|,|&)?\s*", text[a.end():b.start()])]
    if not distinct:
        return None
    a, b = random.choice(distinct)
    return text[:a.start()] + b.group() + text[a.end():b.start()] + a.group() + text[b.end():]


def antonym(text, random, pool):
    return pick_word(text, random, ANTONYMS)


def negation(text, random, pool):
    lost = list(re.finditer(r"(?<=\w) (?:not|never)(?= )", text))
    if lost:
        return replace(text, random.choice(lost), "")
    if re.search(r"\b(?:no|nor|n't)\b", text, re.IGNORECASE):
        return None
    found = list(re.finditer(VERBS, text))
    if not found:
        return None
    match = found[0]
    return replace(text, match, match.group() + random.choice([" not", " not", " never"]))


def addition(text, random, pool):
    extra = random.choice(ADDITIONS).format(
        year=random.randint(1890, 2023), name=random.choice(pool), n=random.choice([2, 3, 5, 10, 40, 200, 3000]))
    end = re.search(r"\s*[.!?]?\s*$", text)
    return text[:end.start()] + random.choice([" ", ", "]) + extra + text[end.start():]


def synonym(text, random, pool):
    return pick_word(text, random, SYNONYMS)


def parenthesis(text, random, pool):
    new = re.sub(r"\s*\([^()]*\)", "", text)
    return new if new != text and len(new) > 20 else None


def opening(text, random, pool):
    match = re.match(r"(?:However|Moreover|Furthermore|In addition|Additionally|Finally|Here|Therefore|Thus|In contrast|"
                     r"In conclusion|In this study|We (?:show|found|find|report|demonstrate) that|Here we show that),? ", text)
    if not match or len(text) - match.end() < 25:
        return None
    return text[match.end()].upper() + text[match.end() + 1:]


def clause(text, random, pool):
    """What stands before the last ", and", ", which" and the like."""
    match = re.search(r"^(.{25,}?)\s?,? (?:, which|, who|, where|; ?|, while|, and|, whereas|, including|, such as)\b.*$", text)
    if not match or not re.search(VERBS + r"|\w(?:ed|es)\b", match.group(1)):
        return None
    return match.group(1).rstrip(" ,;") + "."


def relative(text, random, pool):
    """"X, which is Y," says that X is Y."""
    match = re.match(r"^((?:The |An? )?[\w' -]{3,40}?)\s?, (?:which|who) ((?:is|was|are|were|has|had|have) [^,]{10,}?)\s?[,.]", text)
    return f"{match.group(1)} {match.group(2)}." if match else None


def contraction(text, random, pool):
    for long, short in ((" does not ", " doesn't "), (" is not ", " isn't "), (" did not ", " didn't "), (" was not ", " wasn't "),
                        (" do not ", " don't "), (" cannot ", " can't "), (" were not ", " weren't "), (" are not ", " aren't ")):
        if long in text:
            return text.replace(long, short, 1)
    return None


def conjunction(text, random, pool):
    """"A and B" says what "B and A" says."""
    match = re.search(r"\b([A-Z][\w'-]+(?: [A-Z][\w'-]+)*) and ([A-Z][\w'-]+(?: [A-Z][\w'-]+)*)(?=[ ,.])", text)
    if not match:
        return None
    return f"{text[:match.start()]}{match.group(2)} and {match.group(1)}{text[match.end():]}"


def moved(text, random, pool):
    """A time or place that stood first goes last, and the other way round."""
    first = re.match(r"^((?:In|On|During|After|Since|At) [^,]{3,30}), ([^,;]{15,})\.$", text)
    if first:
        return f"{first.group(2)[0].upper()}{first.group(2)[1:]} {first.group(1)[0].lower()}{first.group(1)[1:]}."
    last = re.match(r"^([^,;]{15,}?) ((?:in|on|during|since) (?:[A-Z][a-z]+ )?(?:\d{1,2},? )?(?:\d{4}|[A-Z][a-z]+))\.$", text)
    return f"{last.group(2)[0].upper()}{last.group(2)[1:]}, {last.group(1)}." if last else None


PAST = {"written": "wrote", "made": "made", "built": "built", "won": "won", "led": "led", "drawn": "drew", "sung": "sang", "held": "held",
        "taken": "took", "known": "knew", "given": "gave", "found": "found", "sold": "sold", "bought": "bought", "run": "ran"}


def passive(text, random, pool):
    """"X was written by Y" says that Y wrote X."""
    match = re.match(r"^([^,]{3,60}?) (?:was|were) (\w+) by ([^,;]{3,40})\.$", text)
    if not match or not (match.group(2) in PAST or match.group(2).endswith("ed")):
        return None
    return f"{match.group(3)[0].upper()}{match.group(3)[1:]} {PAST.get(match.group(2), match.group(2))} {match.group(1)}."


def shorter(text, random, pool):
    """Without its last circumstance; not where a negation or "only" would say more then."""
    match = re.match(r"^(.{25,}) (?:in|on|at|during|for|with|from) [^,]{3,35}\.$", text)
    if not match or re.search(r"\b(?:not|no|never|none|only|nor|without|n't|few|less|fewer|every|all)\b", text, re.IGNORECASE):
        return None
    return match.group(1).rstrip(" ,;") + "."


def shared(source, claim, random, pool):
    """A name or number that both texts hold, replaced: (changed source, changed claim)."""
    both = [m.group() for m in list(NUMBER.finditer(claim)) + names(claim) if re.search(rf"(?<!\w){re.escape(m.group())}(?!\w)", source)]
    if not both:
        return None
    old = random.choice(both)
    if old[0].isdigit():
        changed = number(old, random, [])
        new = changed if changed else None
    else:
        same = [n for n in (random.choice(pool) for _ in range(20)) if len(n.split()) == len(old.split()) and n.lower() not in source.lower()]
        new = same[0] if same else None
    if not new:
        return None
    return tuple(re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text) for text in (source, claim))


HARMFUL = {"number": number, "date": date, "entity": entity, "roles": roles, "antonym": antonym, "negation": negation}
ADDED = {"addition": addition}
HARMLESS = {"synonym": synonym, "parenthesis": parenthesis, "opening": opening, "clause": clause, "relative": relative,
            "contraction": contraction, "moved": moved, "passive": passive, "shorter": shorter, "conjunction": conjunction}
