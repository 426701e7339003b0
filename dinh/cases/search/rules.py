"""Finding a procedure by what people type: words in any order, begun, misspelt, joined, split, with marks or without."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from heapq import nlargest, nsmallest
from math import ceil, log

import msgspec

Fold = Callable[[str], str]
WORDS = 12
BEGUN = 60
# How much a word counts that was found in this way, and where.
EXACT, JOINED, STARTED, MISSPELT, SHORT = 1.0, 0.9, 0.8, 0.6, 0.4
IN_TITLE, IN_KEYWORDS = 3.0, 1.0
# How much of a word was found when a letter of it was not, or its marks were others.
COUNTS = {MISSPELT: 0.75, SHORT: 0.6}
WRONG_MARKS = 0.25
SHORT_QUESTION, SENTENCE = 2, 5
# A word this short has so many neighbours that a misspelling of it proves little.
SHORT_LETTERS = 3
# The best are looked at again, for marks and for words that stand together; nobody reads on after them.
CLOSER_LOOK = 100
# Places that have most of the words; more are not asked for misspelt ones.
LIKELY = 500


class Match(msgspec.Struct, frozen=True):
    """`word` is what stands in the index for a word that was typed."""

    word: str
    quality: float


class Unit(msgspec.Struct, frozen=True):
    """What was typed as one word, or as several that are one. `matches` are words as they are written or begun; `slips` are those
    one letter away, with what they count.
    """

    typed: str
    matches: list[Match]
    slips: dict[str, float] = {}

    @property
    def counts(self) -> dict[str, float]:
        return {word: COUNTS[quality] for word, quality in self.slips.items()}


class Hit(msgspec.Struct, frozen=True):
    """`suggestion` stands with the first: the query with its misspelt words put right, in the words of what was found; else empty."""

    at: int
    score: float
    suggestion: str


class Index:
    """One language's titles and keywords. `at` counts them in the order they were given."""

    def __init__(self, texts: Iterable[tuple[str, str]], fold: Fold) -> None:
        self.fold = fold
        self._titles: list[str] = []
        self._plain: list[set[str]] = []
        self._words_at: list[set[str]] = []
        self._places: dict[str, dict[int, float]] = defaultdict(dict)
        spellings: dict[str, Counter[str]] = defaultdict(Counter)
        for at, (title, keywords) in enumerate(texts):
            self._titles.append(fold(title))
            self._plain.append({*_words(title), *_words(keywords)})
            self._words_at.append({folded for word in self._plain[at] for folded in fold(word).split()})
            for text, weight in ((keywords, IN_KEYWORDS), (title, IN_TITLE)):
                for word in _words(text):
                    for folded in fold(word).split():
                        self._places[folded][at] = weight
                        spellings[folded][word] += 1 if weight == IN_KEYWORDS else 3
        self._spelling = {folded: found.most_common(1)[0][0] for folded, found in spellings.items()}
        self._sorted = sorted(self._places)
        self._rarity = {word: log(1 + len(self._titles) / len(places)) for word, places in self._places.items()}
        self._neighbours: dict[str, list[str]] = defaultdict(list)
        for word in self._sorted:
            for shorter in {word, *_without_one(word)}:
                self._neighbours[shorter].append(word)

    def search(self, text: str) -> list[Hit]:
        """The best first. Words as they are written lead to candidates; only those are asked for misspelt ones."""
        units = self._units(_words(text)[:WORDS])
        if not units:
            return []
        needed = _needed(len(units))
        found = [(score, at) for at, (score, count) in self._candidates(units).items() if count >= needed]
        folded, plain = self.fold(text), set(_words(text))
        best = nsmallest(CLOSER_LOOK, found, key=_order)
        closer = sorted(((self._closer(score, at, folded, plain), at) for score, at in best), key=_order)
        return [Hit(at, score, "" if number else self._suggestion(units, at)) for number, (score, at) in enumerate(closer)]

    def _candidates(self, units: list[Unit]) -> dict[int, tuple[float, float]]:
        """By place: its score, and how many of the words it has."""
        scores, seen = self._strong(units)
        if len(units) == 1 or not scores:
            return self._weak(units, scores, seen, self._places_of_slips(units))
        least = max(1, min(len(units) - 2, ceil(_needed(len(units))) - 1))
        likely = [at for at, mask in seen.items() if mask.bit_count() >= least]
        return self._weak(units, scores, seen, nlargest(LIKELY, likely, key=scores.__getitem__) if len(likely) > LIKELY else likely)

    def _strong(self, units: list[Unit]) -> tuple[dict[int, float], dict[int, int]]:
        """By place: the score of words as they are written, and which of the units they were."""
        scores: dict[int, float] = defaultdict(float)
        seen: dict[int, int] = defaultdict(int)
        for number, unit in enumerate(units):
            bit = 1 << number
            # The best first: what a place has by one word it does not get by another.
            for match in sorted(unit.matches, key=lambda match: -match.quality * self._rarity[match.word]):
                worth = match.quality * self._rarity[match.word]
                for at, weight in self._places[match.word].items():
                    if not seen[at] & bit:
                        seen[at] |= bit
                        scores[at] += worth * weight
        return scores, seen

    def _places_of_slips(self, units: list[Unit]) -> set[int]:
        return {at for unit in units for word in [*unit.slips, *(match.word for match in unit.matches)] for at in self._places[word]}

    def _weak(self, units: list[Unit], scores: dict[int, float], seen: dict[int, int], places: Iterable[int]) -> dict[int, tuple[float, float]]:
        """What slips of the finger add to the places, for words that are not there as they are written."""
        found = {}
        # In a question of two words each has to be the very word: of more, one may be another.
        marked = [(number, unit) for number, unit in enumerate(units) if unit.matches and len(units) == SHORT_QUESTION and not unit.typed.isascii()]
        open_units = [
            (1 << number, frozenset(unit.slips), {word: quality * self._rarity[word] for word, quality in unit.slips.items()}, unit.counts)
            for number, unit in enumerate(units)
            if unit.slips
        ]
        for at in places:
            score, mask = scores.get(at, 0.0), seen.get(at, 0)
            count = float(mask.bit_count())
            if marked:
                count -= WRONG_MARKS * sum(mask >> number & 1 and self._differs(unit, at) for number, unit in marked)
            there = self._words_at[at]
            for bit, slips, worth, counts in open_units:
                if not mask & bit and not slips.isdisjoint(there):
                    word = max((worth[near], near) for near in slips & there)[1]
                    score += worth[word] * self._places[word][at]
                    count += counts[word]
            found[at] = (score, count)
        return found

    def _differs(self, unit: Unit, at: int) -> bool:
        """Whether it was typed with marks and stands there with other ones."""
        return unit.typed not in self._plain[at] and unit.matches[0].quality == EXACT and unit.matches[0].word in self._words_at[at]

    def _closer(self, score: float, at: int, folded: str, plain: set[str]) -> float:
        """Words that stand together as typed, and words with the very marks, count more; so does a title that says little else."""
        together = 1.5 if folded in self._titles[at] else 1.0
        marks = 1 + 0.1 * len(plain & self._plain[at]) / max(1, len(plain))
        return score * together * marks * (1 + 1 / (4 + len(self._titles[at].split())))

    def _units(self, words: list[str]) -> list[Unit]:
        found, at = [], 0
        folded = [(word, part) for word in words for part in self.fold(word).split()]
        while at < len(folded):
            typed, word = folded[at]
            if at + 1 < len(folded) and (moved := self._moved(word, folded[at + 1][1])):
                said = f"{typed} {folded[at + 1][0]}"
                found += [Unit("" if number else said, [Match(part, JOINED)]) for number, part in enumerate(moved)]
                at += 2
                continue
            matches = list(self._written(word, last=at == len(folded) - 1))
            parts = [] if matches else self._split(word)
            found += [Unit(typed if not number else "", [Match(part, JOINED)]) for number, part in enumerate(parts)]
            if not parts:
                found.append(Unit(typed, matches, self._slips(word, {match.word for match in matches})))
            at += 1
        return found

    def _moved(self, one: str, two: str) -> list[str]:
        """What two words are whose space stands in the wrong place: one word, or two with the space a letter further on."""
        if one in self._places and next(self._written(two, last=True), None):
            return []
        whole = self.fold(one + two)
        if whole in self._places:
            return [whole]
        shifted = ([self.fold(one[:-1]), self.fold(one[-1] + two)], [self.fold(one + two[0]), self.fold(two[1:])])
        return next((parts for parts in shifted if all(part in self._places for part in parts)), [])

    def _written(self, word: str, *, last: bool) -> Iterator[Match]:
        """The word itself; where there is none, or more may be typed, the words that begin with it."""
        if word in self._places:
            yield Match(word, EXACT)
            if not last:
                return
        first = bisect_left(self._sorted, word)
        for known in self._sorted[first : first + BEGUN]:
            if known.startswith(word) and known != word:
                yield Match(known, STARTED)

    def _slips(self, word: str, written: set[str]) -> dict[str, float]:
        near = {known for shorter in {word, *_without_one(word)} for known in self._neighbours.get(shorter, ())} if len(word) > 1 else set()
        found = (known for known in near - written if one_apart(word, known))
        return {known: MISSPELT if min(len(word), len(known)) > SHORT_LETTERS else SHORT for known in found}

    def _split(self, word: str) -> list[str]:
        """Words that were typed without a space between them, also where another letter stands for the space."""
        for text in (word, *_without_one(word)):
            parts = self._cut(text, {})
            if len(parts) > 1:
                return parts
        return []

    def _cut(self, text: str, known: dict[str, list[str]]) -> list[str]:
        """The fewest words of the index that make up the text; none when there are none."""
        if text in known:
            return known[text]
        best: list[str] = []
        for end in range(2, len(text) + 1):
            part = self.fold(text[:end])
            if part in self._places:
                rest = self._cut(text[end:], known) if end < len(text) else []
                if (end == len(text) or rest) and (not best or len(rest) + 1 < len(best)):
                    best = [part, *rest]
        known[text] = best
        return best

    def _suggestion(self, units: list[Unit], at: int) -> str:
        """Empty unless a word was typed in another way than it is written."""
        said, changed = [], False
        for unit in units:
            there = {match.word: match.quality for match in unit.matches if at in self._places[match.word]}
            there = there or {word: quality for word, quality in unit.slips.items() if at in self._places[word]}
            best = max(there, key=lambda word: (there[word], self._rarity[word], word), default=None)
            if best is None or there[best] in {EXACT, STARTED}:
                said.append(unit.typed)
            else:
                said.append(self._spelling[best])
                changed = True
        return " ".join(word for word in said if word) if changed else ""


def _words(text: str) -> list[str]:
    """Lower case, without what is neither letter nor digit at their edges."""
    return [word for word in (part.strip(".,;:!?()[]\"'“”‘’-–/") for part in text.lower().split()) if word]


def _order(found: tuple[float, int]) -> tuple[float, int]:
    """The best first; of equals the one that was given first."""
    return -found[0], found[1]


def _needed(words: int) -> float:
    """How many of the words must be found: one, two with one slip at most, then more than half; people also type whole sentences."""
    return {1: 0.5, SHORT_QUESTION: 1.6}.get(words, words * (0.55 if words < SENTENCE else 0.5))


def _without_one(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))} if len(word) > 1 else set()


def one_apart(one: str, other: str) -> bool:
    """Whether one letter was put in, left out, taken for another, or two neighbours were exchanged."""
    if one == other or abs(len(one) - len(other)) > 1:
        return one == other
    if len(one) == len(other):
        differ = [at for at in range(len(one)) if one[at] != other[at]]
        swapped = len(differ) == 2 and differ[1] == differ[0] + 1 and one[differ[0]] == other[differ[1]] and one[differ[1]] == other[differ[0]]  # noqa: PLR2004
        return len(differ) == 1 or swapped
    return (one in _without_one(other)) if len(one) < len(other) else (other in _without_one(one))
