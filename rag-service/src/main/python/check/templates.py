"""Sentences made of patterns, where only who stands where tells what is true: (source, claim, label)."""

# base, past, participle
VERBS = [v.split() for v in (
    "defeat defeated defeated,hire hired hired,visit visited visited,admire admired admired,criticise criticised criticised,sue sued sued,"
    "call called called,invite invited invited,blame blamed blamed,help helped helped,follow followed followed,replace replaced replaced,"
    "teach taught taught,see saw seen,beat beat beaten,thank thanked thanked,support supported supported,attack attacked attacked,"
    "arrest arrested arrested,rescue rescued rescued,warn warned warned,accuse accused accused,succeed succeeded succeeded,"
    "acquire acquired acquired,fund funded funded,overtake overtook overtaken,trust trusted trusted,interview interviewed interviewed,"
    "nominate nominated nominated,dismiss dismissed dismissed,mentor mentored mentored,challenge challenged challenged,"
    "influence influenced influenced,betray betrayed betrayed,elect elected elected,promote promoted promoted,examine examined examined").split(",")]
GIVE = [v.split() for v in ("gave given,sold sold,lent lent,sent sent,handed handed,offered offered,showed shown,owed owed").split(",")]
THINGS = "the house,a letter,two tickets,the contract,an old car,the painting,500 dollars,a horse,the report,the keys,a prize,some land".split(",")
DOERS = ("the mayor,the doctor,the teacher,the actor,the senator,the artist,the judge,the banker,the lawyer,the professor,the manager,the student,"
         "the author,the scientist,the farmer,the king,the bishop,the union,the company,the committee,the police,the minister,the coach,the editor,"
         "the president,the council,the court,the team,the bank,the hospital,the army,the government,the investor,the buyer,the nurse").split(",")
COMPARED = [c.split("/") for c in "taller/shorter,older/younger,richer/poorer,heavier/lighter,faster/slower,larger/smaller,more popular/less popular,stronger/weaker,cheaper/more expensive,warmer/colder".split(",")]
KIN = [k.split("/") for k in "the father/a child,the mother/a child,the teacher/a pupil,the employer/an employee,the grandfather/a grandchild,the predecessor/the successor".split(",")]
DONE = ("moved to {p} in {y},studied law in {p},was born in {p},won the election in {y},founded a bank in {p},resigned in {y},"
        "wrote a book about {p},bought a farm near {p},lost {n} dollars,retired in {y},works for a hospital in {p},sold {n} copies,"
        "speaks {n} languages,opened a school in {p},married in {y},joined the army in {y},designed a bridge in {p}").split(",")
GREW = "sales,exports,profits,costs,prices,cases,visits,deaths,wages,imports".split(",")
FIELDS = "in the north,in the south,in Asia,in Europe,among men,among women,in January,in July,last year,this year,in cities,in the countryside,in the first group,in the second group".split(",")


def sentence(text):
    return text[0].upper() + text[1:] + "."


def actors(random, names, count):
    if random.random() < 0.6 and len(names) > 20:
        return random.sample(names, count)
    return random.sample(DOERS, count)


def transitive(random, names, places):
    a, b = actors(random, names, 2)
    _, past, part = random.choice(VERBS)

    def told(x, y):
        return [f"{x} {past} {y}", f"{y} was {part} by {x}", f"it was {x} who {past} {y}", f"the one whom {x} {past} was {y}"]
    return told(a, b), told(b, a)


def given(random, names, places):
    a, b = actors(random, names, 2)
    past, part = random.choice(GIVE)
    thing = random.choice(THINGS)

    def told(x, y):
        forms = [f"{x} {past} {y} {thing}", f"{x} {past} {thing} to {y}", f"{y} was {part} {thing} by {x}"]
        if past in ("gave", "sent", "handed"):
            forms.append(f"{y} received {thing} from {x}")
        if past == "sold":
            forms.append(f"{y} bought {thing} from {x}")
        if past == "lent":
            forms.append(f"{y} borrowed {thing} from {x}")
        return forms
    return told(a, b), told(b, a)


def compared(random, names, places):
    a, b = actors(random, names, 2)
    more, less = random.choice(COMPARED)

    def told(x, y):
        return [f"{x} is {more} than {y}", f"{y} is {less} than {x}", f"compared with {y}, {x} is {more}"]
    return told(a, b), told(b, a)


def related(random, names, places):
    a, b = random.sample(names, 2)
    one, other = random.choice(KIN)

    def told(x, y):
        return [f"{x} is {one} of {y}", f"{y} is {other} of {x}"]
    return told(a, b), told(b, a)


def ordered(random, names, places):
    a, b = (f"{x} {random.choice(['arrived', 'left', 'spoke', 'resigned'])}" for x in actors(random, names, 2))
    if random.random() < 0.5:
        a, b = random.sample(["the war", "the election", "the fire", "the trial", "the merger", "the strike", "the flood", "the treaty"], 2)
        return ([f"{a} came before {b}", f"{b} came after {a}", f"{b} followed {a}", f"{a} preceded {b}"],
                [f"{b} came before {a}", f"{a} came after {b}", f"{a} followed {b}", f"{b} preceded {a}"])
    return [f"{a} before {b}", f"{b} after {a}", f"after {a}, {b}"], [f"{b} before {a}", f"{a} after {b}", f"after {b}, {a}"]


def placed(random, names, places):
    a, b = random.sample(places, 2)
    one, other = random.choice([("north", "south"), ("east", "west")])
    return [f"{a} lies {one} of {b}", f"{b} lies {other} of {a}"], [f"{b} lies {one} of {a}", f"{a} lies {other} of {b}"]


def caused(random, names, places):
    a, b = random.sample("the drought,the strike,the fire,inflation,the protests,the epidemic,the famine,unemployment,the power cut,the accident".split(","), 2)

    def told(x, y):
        return [f"{x} caused {y}", f"{y} was caused by {x}", f"{y} was a result of {x}", f"{x} led to {y}"]
    return told(a, b), told(b, a)


def bound(random, names, places):
    """Two who did two things: what belongs to whom."""
    a, b = actors(random, names, 2)
    x, y = (d.format(p=random.choice(places), y=random.randint(1890, 2023), n=random.choice([2, 3, 4, 5, 20, 300])) for d in random.sample(DONE, 2))
    joined = random.choice([f"{a} {x}, while {b} {y}", f"{a} {x} and {b} {y}", f"{a} {x}. {sentence(f'{b} {y}')[:-1]}", f"unlike {b}, who {y}, {a} {x}"])
    return [joined], [f"{a} {x}", f"{b} {y}"], [f"{a} {y}", f"{b} {x}"]


def measured(random, names, places):
    what, up = random.choice(GREW), random.choice(["rose", "fell", "grew", "dropped"])
    f, g = random.sample(FIELDS, 2)
    m, n = random.sample([2, 3, 4, 5, 7, 8, 10, 12, 15, 20, 25, 30, 40, 60], 2)
    joined = random.choice([f"{what} {up} by {m} percent {f} and by {n} percent {g}", f"{f}, {what} {up} by {m} percent, compared with {n} percent {g}"])
    return [joined], [f"{what} {up} by {m} percent {f}", f"{g}, {what} {up} {n}%"], [f"{what} {up} by {n} percent {f}", f"{g}, {what} {up} {m}%"]


def reported(random, names, places):
    a, b = random.sample(names, 2)
    x = random.choice(DONE).format(p=random.choice(places), y=random.randint(1890, 2023), n=random.choice([2, 3, 4, 5, 20, 300]))
    verb = random.choice(["said that", "denied that", "told reporters that", "believed that"])
    return [f"{a} {verb} {b} {x}"], [f"according to {a}, {b} {x}" if verb in ("said that", "told reporters that") else f"{a} {verb} {b} {x}"], [
        f"{b} {verb} {a} {x}", f"according to {b}, {a} {x}"]


PATTERNS = [transitive, transitive, given, compared, related, ordered, placed, caused, bound, bound, measured, reported]


def pairs(random, names, places, texts, count):
    """`count` pairs; half of the sources stand beside a sentence of another text."""
    made = 0
    while made < count:
        found = random.choice(PATTERNS)(random, names, places)
        if len(found) == 2:
            source, right, wrong = found[0], found[0], found[1]
        else:
            source, right, wrong = found
        told = random.choice(source)
        text = sentence(told)
        if random.random() < 0.5:
            other = random.choice(texts)
            text = f"{text} {other}" if random.random() < 0.5 else f"{other} {text}"
        yes = [c for c in right if c != told] or right
        yield text, sentence(random.choice(yes)), "supported"
        yield text, sentence(random.choice(wrong)), "contradicted"
        made += 2
