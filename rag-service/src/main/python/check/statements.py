"""Questions told as statements with their answer, by the question's grammar: "When did X leave?", "1901" -> "X left in 1901."."""
import re

import lemminflect  # noqa: F401

from parsed import child, phrase, tidy

WH = re.compile(r"^(?:what|which|who|whom|when|where|how (?:many|much|long|old|far))\b", re.IGNORECASE)
STARTS = re.compile(r"^(?:in|on|at|by|from|during|after|before|since|until|between|around|near|under|with|to|for|as|because)\b", re.IGNORECASE)
AUXILIARY = frozenset("is are was were do does did has have had can could will would should may might must".split())


def statement(doc, answer):
    """None where the question is not of a form that can be told."""
    text = doc.text.strip().rstrip("?").strip()
    if not WH.match(text) or len(doc) < 4 or re.search(r"n't|\bnot\b", text):
        return None
    answer = answer.strip().rstrip(".")
    aux = next((t for t in doc[1:7] if t.lower_ in AUXILIARY), None)
    if aux is None or any(t.pos_ == "VERB" and t.dep_ == "ROOT" for t in doc[:aux.i]):
        return None
    asked = doc[:aux.i]
    rest = doc[aux.i + 1:len(doc) - (doc[-1].text == "?")]
    if len(rest) == 0 or len(asked) == 0:
        return None
    subject = next((t for t in rest if t.dep_ in ("nsubj", "nsubjpass", "expl") and t.head.i >= aux.i), None)
    when = asked[0].lower_ == "when"
    where = asked[0].lower_ == "where"
    if when and not STARTS.match(answer) and re.search(r"\d", answer):
        answer = ("in " if re.fullmatch(r"(?:the )?(?:\w+ )?(?:early |late |mid-)?\d{3,4}s?(?: (?:BC|AD|CE|BCE))?", answer) else "on ") + answer
    if where and not STARTS.match(answer):
        answer = "in " + answer
    noun = asked[1:].text if len(asked) > 1 and asked[0].lower_ in ("what", "which") else ""
    many = asked[0].lower_ == "how"
    told = answer
    if many and len(asked) > 2 and asked[1].lower_ in ("many", "much"):
        told = f"{answer} {asked[2:].text}" if asked[2:].text.lower() not in answer.lower() else answer
    elif noun and not (when or where) and noun.lower().split()[-1] not in answer.lower() and len(noun.split()) < 4:
        told = f"the {noun} {answer}" if noun.split()[0].lower() not in ("year", "century", "decade", "percentage") else answer
    if aux.lower_ in ("do", "does", "did"):
        verb = next((t for t in rest if t.tag_ in ("VB", "VBP", "VBD") and t.pos_ in ("VERB", "AUX")), None)
        if verb is None or subject is None or verb.i <= subject.i:
            return None
        who = doc[aux.i + 1:verb.i].text
        form = verb._.inflect({"did": "VBD", "does": "VBZ", "do": "VBP"}[aux.lower_])
        after = doc[verb.i + 1:rest.end].text
        if when or where or asked[0].lower_ == "how" and asked[1].lower_ not in ("many", "much"):
            return tidy(f"{who} {form} {after} {answer}.")
        if after and doc[rest.end - 1].pos_ == "ADP":  # "What did he die of?"
            return tidy(f"{who} {form} {after} {told}.")
        return tidy(f"{who} {form} {told} {after}.")
    if aux.dep_ == "ROOT" or not any(t.pos_ == "VERB" and t.tag_ in ("VBN", "VBG", "VB") and t.head.i <= aux.i + 12 and t.dep_ == "ROOT" for t in rest):
        if aux.lower_ not in ("is", "are", "was", "were") or when or where or many or noun:
            return None
        return tidy(f"{rest.text} {aux.text} {answer}.")
    verb = next((t for t in rest if t.dep_ == "ROOT"), None)
    if verb is None or subject is None or subject.i > verb.i:
        # the subject is asked for: "Who was elected in 1990?"
        return tidy(f"{told} {aux.text} {rest.text}.") if not (when or where) else None
    who = doc[aux.i + 1:verb.i].text
    after = doc[verb.i + 1:rest.end].text
    if when or where or many and asked[1].lower_ not in ("many", "much"):
        return tidy(f"{who} {aux.text} {verb.text} {after} {answer}.")
    if after and doc[rest.end - 1].pos_ == "ADP":
        return tidy(f"{who} {aux.text} {verb.text} {after} {told}.")
    return tidy(f"{who} {aux.text} {verb.text} {told} {after}.")
