"""Rule-made changes that need a sentence's grammar: who does what to whom, which names are of one kind, what may be left out.

Every function takes a parsed sentence (spaCy's Doc), a random generator and a Context, and gives the changed sentence or None
where the rule doesn't apply. HARMFUL ones contradict the sentence, ADDED ones say more than it, HARMLESS ones follow from it.
"""
import re
from dataclasses import dataclass, field

import lemminflect  # noqa: F401  gives tokens their inflections
from lemminflect import getInflection

SYMMETRIC = frozenset("meet marry fight join face accompany differ agree share border resemble equal play date divorce be have become "
                      "include involve contain remain seem represent mean".split())
CAREFUL = re.compile(r"\b(?:not|no|never|none|only|nor|neither|without|few|less|fewer|every|all|each|if|unless|hardly|rarely|any|until|"
                     r"would|could|might|may|claimed|alleged|rumou?red|than|most|least|almost|nearly|said|says)\b|n't", re.IGNORECASE)
PRIVATIVE = frozenset("former fake alleged potential possible first last only future would-be late second third more less few several many "
                      "same other next previous best worst new old own such least most largest smallest highest lowest".split())
PREPOSITIONS = frozenset("in at with for during after before under from despite on against throughout across alongside through within".split())
PRONOUNS = {"he": "him", "she": "her", "they": "them", "i": "me", "we": "us"}
KINDS = {"GPE": "PLACE", "LOC": "PLACE", "FAC": "PLACE", "PERSON": "PERSON", "ORG": "ORG", "NORP": "NORP", "DATE": "DATE",
         "CARDINAL": "CARDINAL", "MONEY": "MONEY", "PERCENT": "PERCENT", "ORDINAL": "ORDINAL", "QUANTITY": "QUANTITY",
         "WORK_OF_ART": "WORK", "EVENT": "EVENT", "TIME": "TIME", "PRODUCT": "ORG"}


@dataclass
class Context:
    """What else may stand in a changed sentence."""
    near: list = field(default_factory=list)  # the other parsed sentences of the same text
    names: dict = field(default_factory=dict)  # kind: names of other texts
    phrases: list = field(default_factory=list)  # circumstances out of other texts
    words: object = None  # wordnet.Words


def tidy(text):
    text = re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,;")
    text = re.sub(r",\s*([,.;])", r"\1", text)
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
    text = re.sub(r"\b([Aa])n (?=[bcdfgjklmnpqrstvwxyz])", r"\1 ", text)
    return text[:1].upper() + text[1:]


def words_of(span):
    """A phrase's text as it stands inside a sentence."""
    text = span.text
    first = span[0]
    if first.is_sent_start and first.i == 0 and first.pos_ != "PROPN" and first.ent_type_ == "" and text[:2] != "I ":
        text = text[:1].lower() + text[1:]
    return text


def rebuild(doc, changes):
    out, at = [], 0
    for start, end, text in sorted(changes):
        out += [doc[at:start].text_with_ws, text + doc[end - 1].whitespace_ if text else " "]
        at = end
    return tidy("".join(out) + doc[at:].text_with_ws)


def phrase(token):
    return token.doc[token.left_edge.i:token.right_edge.i + 1]


def child(token, *deps):
    return next((c for c in token.children if c.dep_ in deps), None)


def verbs(doc):
    return [t for t in doc if t.pos_ in ("VERB", "AUX") and (t.dep_ in ("ROOT", "conj", "advcl", "ccomp", "relcl"))]


def nominal(token):
    return token is not None and token.pos_ in ("NOUN", "PROPN") and len(phrase(token)) <= 9


def plural(token):
    return token.tag_ in ("NNS", "NNPS") or any(c.dep_ == "conj" for c in token.children)


def arguments(verb):
    """(subject, another argument) heads."""
    subject = child(verb, "nsubj", "nsubjpass")
    if not nominal(subject):
        return
    for other in verb.children:
        if other.dep_ in ("dobj", "dative", "attr") and nominal(other):
            yield subject, other
        elif other.dep_ in ("prep", "agent"):
            inner = child(other, "pobj")
            if nominal(inner):
                yield subject, inner


# ------------------------------------------------------------------ contradicts

def swapped_roles(doc, random, context):
    found = []
    for verb in verbs(doc):
        if verb.lemma_.lower() not in SYMMETRIC:
            for a, b in arguments(verb):
                x, y = phrase(a), phrase(b)
                if x.end <= y.start and a.lower_ != b.lower_ and plural(a) == plural(b) and (a.ent_type_ == "DATE") == (b.ent_type_ == "DATE"):
                    found.append((x, y))
    if not found:
        return None
    x, y = random.choice(found)
    return rebuild(doc, [(x.start, x.end, words_of(y)), (y.start, y.end, words_of(x))])


def entities(doc):
    return [e for e in doc.ents if e.label_ in KINDS]


def swapped_names(doc, random, context):
    found = entities(doc)
    pairs = [(a, b) for i, a in enumerate(found) for b in found[i + 1:] if KINDS[a.label_] == KINDS[b.label_]
             and a.text.lower() not in b.text.lower() and b.text.lower() not in a.text.lower()
             and b.root not in a.root.conjuncts and a.root.head != b.root and b.root.head != a.root
             and not re.fullmatch(r"[\s,/&-]*(?:and|or)?[\s,]*", doc[a.end:b.start].text)]
    if not pairs:
        return None
    a, b = random.choice(pairs)
    return rebuild(doc, [(a.start, a.end, b.text), (b.start, b.end, a.text)])


def other_name(doc, random, context):
    """Another name of the same kind, of the same text if there is one."""
    found = entities(doc)
    random.shuffle(found)
    for e in found:
        kind = KINDS[e.label_]
        own = [o.text for d in context.near for o in entities(d) if KINDS[o.label_] == kind]
        pool = own if own and random.random() < 0.6 else context.names.get(kind, [])
        pool = [n for n in (random.choice(pool) for _ in range(8)) if n.lower() not in doc.text.lower() and e.text.lower() not in n.lower()] if pool else []
        if pool:
            return rebuild(doc, [(e.start, e.end, pool[0])])
    return None


def sibling(doc, random, context):
    """Another word of the same kind: Tuesday's dog is no cat."""
    tokens = [t for t in doc if t.pos_ in ("NOUN", "ADJ", "VERB", "ADV") and t.ent_type_ == "" and t.is_alpha and len(t) > 2 and t.dep_ != "aux"]
    random.shuffle(tokens)
    for t in tokens:
        others = context.words.siblings(t.lemma_.lower(), t.pos_)
        others = [o for o in others if o not in doc.text.lower()]
        if others:
            word = random.choice(others[:12])
            return replaced(doc, t, word)
    return None


def antonym(doc, random, context):
    tokens = [t for t in doc if t.pos_ in ("NOUN", "ADJ", "VERB", "ADV", "ADP") and t.is_alpha]
    random.shuffle(tokens)
    for t in tokens:
        others = context.words.antonyms(t.lemma_.lower(), t.pos_)
        if others:
            return replaced(doc, t, random.choice(others))
    return None


def replaced(doc, token, word):
    form = getInflection(word, tag=token.tag_) if token.tag_ in ("NNS", "VBD", "VBN", "VBZ", "VBG", "JJR", "JJS", "RBR") else (word,)
    if not form:
        return None
    return rebuild(doc, [(token.i, token.i + 1, form[0])])


def negated(doc, random, context):
    if re.search(r"\b(?:not|never|no|none|nor|neither)\b|n't", doc.text, re.IGNORECASE):
        return None
    root = next((t for t in doc if t.dep_ == "ROOT"), None)
    if root is None or root.pos_ not in ("VERB", "AUX"):
        return None
    aux = child(root, "aux", "auxpass")
    if aux is not None:
        return rebuild(doc, [(aux.i, aux.i + 1, aux.text + random.choice([" not", " not", " never"]))])
    if root.lemma_ == "be":
        return rebuild(doc, [(root.i, root.i + 1, root.text + " not")])
    helper = {"VBD": "did not", "VBZ": "does not", "VBP": "do not"}.get(root.tag_)
    if not helper or child(root, "nsubj") is None:
        return None
    if random.random() < 0.2:
        return rebuild(doc, [(root.i, root.i + 1, "never " + root.text)])
    return rebuild(doc, [(root.i, root.i + 1, f"{helper} {root._.lemma()}")])


QUANTITIES = [(r"\bsome\b", "no"), (r"\bmany\b", "few"), (r"\bmost\b", "few"), (r"\ball\b", "none of the"), (r"\bat least\b", "at most"),
              (r"\bat most\b", "at least"), (r"\bmore than\b", "less than"), (r"\bless than\b", "more than"), (r"\bfewer than\b", "more than"),
              (r"\bover (?=\d)", "under "), (r"\bunder (?=\d)", "over "), (r"\bboth\b", "neither of the"), (r"\boften\b", "rarely"),
              (r"\busually\b", "rarely"), (r"\bsometimes\b", "never"), (r"\balways\b", "never"), (r"\bbefore\b", "after"), (r"\bafter\b", "before"),
              (r"\bwithout\b", "with"), (r"\bfirst\b", "last"), (r"\blast\b", "first"), (r"\buntil\b", "since"), (r"\btwice\b", "once"),
              (r"\bonce\b", "twice"), (r"\bdoubled\b", "halved"), (r"\bhalf\b", "all"), (r"\bmillion\b", "billion"), (r"\bbillion\b", "million"),
              (r"\bthousands\b", "hundreds"), (r"\bbecause\b", "although"), (r"\bmay\b", "cannot"), (r"\bcan\b", "cannot"), (r"\bmust\b", "need not")]


def quantity(doc, random, context):
    found = [(m, new) for old, new in QUANTITIES for m in re.finditer(old, doc.text)]
    if not found:
        return None
    match, new = random.choice(found)
    return tidy(doc.text[:match.start()] + new + doc.text[match.end():])


def other_subject(doc, random, context):
    """Someone else of the same text is said to have done it."""
    root = next((t for t in doc if t.dep_ == "ROOT"), None)
    subject = child(root, "nsubj", "nsubjpass") if root is not None else None
    if not nominal(subject):
        return None
    others = [s for d in context.near for v in verbs(d) for s in [child(v, "nsubj", "nsubjpass")]
              if nominal(s) and plural(s) == plural(subject) and s.lower_ not in doc.text.lower() and bool(s.ent_type_) == bool(subject.ent_type_)]
    if not others:
        return None
    x = phrase(subject)
    return rebuild(doc, [(x.start, x.end, words_of(phrase(random.choice(others))))])


# ------------------------------------------------------------------ says more

def circumstances(doc):
    """Phrases that say when, where or with whom, to be told of something else."""
    for t in doc:
        if t.dep_ == "prep" and t.lower_ in PREPOSITIONS and t.head.pos_ == "VERB":
            p = phrase(t)
            if 2 <= len(p) <= 8 and not any(x.dep_ in ("relcl", "punct") or x.lower_ in ("he", "she", "it", "they", "this", "that", "which") for x in p):
                yield words_of(p)


def added_phrase(doc, random, context):
    own = [p for d in context.near for p in circumstances(d)]
    pool = own if own and random.random() < 0.4 else context.phrases
    pool = [p for p in (random.choice(pool) for _ in range(6)) if p.lower() not in doc.text.lower()] if pool else []
    if not pool:
        return None
    end = re.search(r"\s*[.!?\"']*\s*$", doc.text)
    return tidy(doc.text[:end.start()] + " " + pool[0] + (doc.text[end.start():] or "."))


def added_adjective(doc, random, context):
    nouns = [t for t in doc if t.pos_ == "NOUN" and t.ent_type_ == "" and not any(c.dep_ in ("amod", "compound", "nummod") for c in t.children)]
    if not nouns:
        return None
    noun = random.choice(nouns)
    word = random.choice("controversial wooden expensive popular local foreign successful secret temporary medical military rural private young "
                         "famous unpopular severe annual illegal modern religious damaged free".split())
    return rebuild(doc, [(noun.i, noun.i + 1, f"{word} {noun.text}")])


# ------------------------------------------------------------------ follows

def to_passive(doc, random, context):
    for verb in verbs(doc):
        subject, thing = child(verb, "nsubj"), child(verb, "dobj")
        if verb.tag_ not in ("VBD", "VBZ", "VBP") or not nominal(thing) or subject is None or verb.lemma_.lower() in SYMMETRIC or verb.dep_ != "ROOT":
            continue
        if subject.pos_ == "PRON" and subject.lower_ not in PRONOUNS:
            continue
        if any(c.dep_ in ("aux", "neg", "prt", "dative", "conj", "xcomp", "ccomp", "advcl") for c in verb.children):
            continue
        x, y = phrase(subject), phrase(thing)
        if not (x.end <= verb.i < y.start) or doc[x.end:verb.i].text.strip() or doc[verb.i + 1:y.start].text.strip():
            continue
        form = getInflection(verb._.lemma(), tag="VBN")
        if not form:
            continue
        past = verb.tag_ == "VBD"
        helper = ("were" if past else "are") if plural(thing) else ("was" if past else "is")
        doer = PRONOUNS.get(subject.lower_, words_of(x))
        return tidy(f"{doc[:x.start].text_with_ws}{words_of(y)} {helper} {form[0]} by {doer} {doc[y.end:].text_with_ws}")
    return None


def to_active(doc, random, context):
    for verb in verbs(doc):
        subject, agent = child(verb, "nsubjpass"), child(verb, "agent")
        doer = child(agent, "pobj") if agent is not None else None
        helper = child(verb, "auxpass")
        if not nominal(subject) or not nominal(doer) or helper is None or verb.dep_ != "ROOT" or child(verb, "neg", "aux", "conj", "xcomp") is not None:
            continue
        tag = {"was": "VBD", "were": "VBD", "is": "VBZ", "are": "VBZ"}.get(helper.lower_)
        if tag == "VBZ" and plural(doer):
            tag = "VBP"
        form = getInflection(verb._.lemma(), tag=tag) if tag else None
        x, y = phrase(subject), phrase(doer)
        if not form or not x.end <= helper.i < verb.i < agent.i or helper.i + 1 != verb.i:
            continue
        between = doc[verb.i + 1:agent.i].text_with_ws
        return tidy(f"{doc[:x.start].text_with_ws}{words_of(y)} {form[0]} {words_of(x)} {between}{doc[y.end:].text_with_ws}")
    return None


def without(doc, random, context):
    """Less is said: without a circumstance, an apposition or a clause."""
    if CAREFUL.search(doc.text):
        return None
    found = []
    for t in doc:
        p = phrase(t)
        if t.dep_ in ("appos", "relcl", "acl", "npadvmod") or (
                t.dep_ == "advmod" and t.head.pos_ == "VERB" and t.tag_ == "RB" and len(p) == 1) or (
                t.dep_ == "amod" and len(p) == 1 and t.lower_ not in PRIVATIVE and t.ent_type_ == "") or (
                t.dep_ == "prep" and t.head.pos_ == "VERB" and t.lower_ in PREPOSITIONS and child(t.head, "dobj", "auxpass") is not None):
            if len(doc) - len(p) >= 5 and len(p) <= 14:
                found.append(p)
    if not found:
        return None
    p = random.choice(found)
    start, end = p.start, p.end
    if start > 0 and doc[start - 1].text in (",", "(") and end < len(doc) and doc[end].text in (",", ")", "."):
        start -= 1
        end += doc[end].text != "."
    return rebuild(doc, [(start, end, "")])


def one_of_two(doc, random, context):
    """"She sang and danced" says that she danced."""
    for verb in verbs(doc):
        second = child(verb, "conj")
        subject = child(verb, "nsubj", "nsubjpass")
        if verb.dep_ != "ROOT" or second is None or subject is None or second.pos_ != "VERB" or subject.pos_ == "PRON" and subject.lower_ not in PRONOUNS:
            continue
        if re.search(r"\b(?:or|not|if|neither)\b|n't", doc.text) or len(phrase(second)) < 3 or second.tag_ not in ("VBD", "VBZ", "VBP"):
            continue
        own = child(second, "nsubj", "nsubjpass")
        if random.random() < 0.5:
            who = "" if own is not None else phrase(subject).text + " "
            return tidy(who + doc[second.left_edge.i:second.right_edge.i + 1].text.rstrip(" .") + ".")
        cut = min(c.i for c in [second.left_edge] + [x for x in verb.children if x.dep_ == "cc"])
        return tidy(doc[:cut].text.rstrip(" ,") + ".")
    return None


def apposition(doc, random, context):
    """"X, the Y of Z," says that X is the Y of Z."""
    for t in doc:
        if t.dep_ == "appos" and t.pos_ == "NOUN" and t.head.pos_ == "PROPN" and len(phrase(t)) >= 3 and child(t, "det") is not None:
            past = any(v.tag_ in ("VBD", "VBN") for v in doc)
            name = doc[t.head.left_edge.i:t.head.i + 1].text
            return tidy(f"{name} {'was' if past else 'is'} {phrase(t).text}.")
    return None


def moved(doc, random, context):
    """The last circumstance goes first, or the first last."""
    root = next((t for t in doc if t.dep_ == "ROOT"), None)
    if root is None or not root.pos_ == "VERB":
        return None
    for t in root.children:
        p = phrase(t)
        if t.dep_ == "prep" and t.lower_ in PREPOSITIONS and 2 <= len(p) <= 9:
            if p.end >= len(doc) - 1 and p.start > root.i + 1 and child(root, "nsubj", "nsubjpass") is not None and root.left_edge.i == 0:
                return tidy(f"{words_of(p)}, {words_of(doc[:p.start]).rstrip(' ,')}.")
            if p.start == 0 and p.end < len(doc) and doc[p.end].text == ",":
                return tidy(f"{doc[p.end + 1:].text.rstrip(' .')} {words_of(p)}.")
    return None


def broader(doc, random, context):
    """A poodle is a dog."""
    if CAREFUL.search(doc.text):
        return None
    tokens = [t for t in doc if t.pos_ == "NOUN" and t.ent_type_ == "" and t.is_alpha and not any(c.dep_ in ("compound",) for c in t.children) and t.dep_ != "compound"]
    random.shuffle(tokens)
    for t in tokens:
        others = context.words.broader(t.lemma_.lower())
        if others:
            return replaced(doc, t, random.choice(others))
    return None


def same_meaning(doc, random, context):
    tokens = [t for t in doc if t.pos_ in ("NOUN", "VERB", "ADJ", "ADV") and t.ent_type_ == "" and t.is_alpha and len(t) > 3 and t.dep_ not in ("aux", "compound")]
    random.shuffle(tokens)
    for t in tokens:
        others = context.words.synonyms(t.lemma_.lower(), t.pos_)
        if others:
            return replaced(doc, t, random.choice(others))
    return None


HARMFUL = {"roles:subject": swapped_roles, "roles:names": swapped_names, "entity": other_name, "antonym:sibling": sibling, "antonym": antonym,
           "negation": negated, "quantity": quantity, "roles:other": other_subject}
ADDED = {"addition:phrase": added_phrase, "addition:adjective": added_adjective}
HARMLESS = {"passive": to_passive, "active": to_active, "without": without, "one_of_two": one_of_two, "apposition": apposition, "moved": moved,
            "broader": broader, "same_meaning": same_meaning}
