"""Finding a procedure by what people type."""

from collections.abc import Iterable

from dinh.cases.procedures.contracts import Procedure


def score(words: list[str], title: str, keywords: str) -> int:
    """How well folded words match: a word in the title counts three times one in the keywords; all words must be found."""
    title_words, other_words = title.split(), keywords.split()
    total = 0
    for word in words:
        in_title = any(known.startswith(word) for known in title_words)
        if not in_title and not any(known.startswith(word) for known in other_words):
            return 0
        total += 3 if in_title else 1
    return total


def ranked(scores: Iterable[tuple[int, Procedure]]) -> list[Procedure]:
    return [procedure for value, procedure in sorted(scores, key=lambda pair: (-pair[0], pair[1].code)) if value > 0]
