"""When to measure, and what the counts say. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from dinh.registers.measures import WORDS, Rule
from dinh.registers.quality.contracts import Measure, Share

NIGHT_HOUR = 1
# Fewer records than this are not shown to the public: a percentage of a few tells about each of them.
FEW = 10


def night(local: datetime) -> date:
    """The day whose measurement is due: from one o'clock on today's, before that yesterday's."""
    return (local - timedelta(hours=NIGHT_HOUR)).date()


def share(measures: Iterable[Measure], weights: Mapping[str, int]) -> Share:
    """Weighted over rules. Rounded down, so that one fault among a million is not all in order."""
    checked = bad = whole = good = 0
    for measure in measures:
        weight = weights.get(measure.rule, 0)
        if weight:
            checked, bad = checked + measure.checked, bad + measure.checked - measure.good
            whole, good = whole + weight * measure.checked, good + weight * measure.good
    return Share(good * 1000 // whole if whole else None, checked, bad)


def by_word(measures: Iterable[Measure], rules: Iterable[Rule]) -> dict[str, Share]:
    """The four words. Measures of rules that are no longer declared do not count."""
    known, kept = list(rules), list(measures)
    return {word: share(kept, {rule.code: rule.weight for rule in known if rule.word == word}) for word in WORDS}


def worst_first(agencies: Mapping[str, list[Measure]], rules: Iterable[Rule]) -> list[tuple[str, dict[str, Share], Share]]:
    """Each agency with its four words and all of them together, the lowest first; where nothing was measured, last."""
    known = list(rules)
    weights = {rule.code: rule.weight for rule in known}
    rows = [(agency, by_word(found, known), share(found, weights)) for agency, found in agencies.items()]
    return sorted(rows, key=lambda row: (1001 if row[2].permille is None else row[2].permille, -row[2].bad, row[0]))
