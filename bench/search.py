"""`search`: one query with a slip in it, over 5,000 services; beside it, looking at every title for its words without tolerance."""

import random
import time

from bench.report import Figure, figure
from dinh.cases.search import Index
from dinh.kernel import languages

SERVICES, QUERIES = 5_000, 400
STARTS = ("b", "c", "ch", "d", "g", "gi", "h", "kh", "l", "m", "n", "nh", "ph", "qu", "t", "th", "tr", "v", "x")
ENDS = ("an", "anh", "ao", "ắt", "âu", "ăn", "ấp", "êm", "inh", "ịch", "iên", "oai", "ôn", "ông", "ơi", "ú", "ương", "uyện", "ữa", "y")
LETTERS = "abcdeghiklmnopqrstuvxy"


def _titles(dice: random.Random) -> list[str]:
    """Common syllables are common: the chance of each falls with its rank, as it does in language."""
    words = [start + end for start in STARTS for end in ENDS]
    dice.shuffle(words)
    weights = [1 / (rank + 2) for rank in range(len(words))]
    return [" ".join(dice.choices(words, weights, k=dice.randint(4, 12))) for _ in range(SERVICES)]


def _queries(dice: random.Random, titles: list[str]) -> list[str]:
    """The first words of a title, one letter of them replaced."""
    found = []
    for title in dice.choices(titles, k=QUERIES):
        typed = " ".join(title.split()[:5])
        at = dice.randrange(len(typed))
        found.append(typed[:at] + dice.choice(LETTERS) + typed[at + 1 :])
    return found


def run() -> list[Figure]:
    dice, fold = random.Random(11), languages.of("vi").fold
    titles = _titles(dice)
    index = Index([(title, " ".join(dice.sample(titles, 1))) for title in titles], fold)
    folded = [fold(title) for title in titles]
    searched, scanned = [], []
    for typed in _queries(dice, titles):
        started = time.process_time()
        index.search(typed)
        middle = time.process_time()
        words = fold(typed).split()
        _ = [at for at, title in enumerate(folded) if all(word in title for word in words)]
        searched.append((middle - started) * 1000)
        scanned.append((time.process_time() - middle) * 1000)
    floor = sorted(scanned)[QUERIES // 2]
    return [
        figure("search", sorted(searched)[QUERIES // 2], "ms", 5, floor, "a scan of all titles for the very words", "lower"),
        figure("search_p95", sorted(searched)[QUERIES * 95 // 100], "ms", 10, floor, "a scan of all titles for the very words", "lower"),
    ]
