"""How near an end is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from dinh.app.certificates.contracts import Known

# Days before the end at which it is said: the first is a warning, from the second on it is bad, at the third exchanges are in danger.
THRESHOLDS = (30, 14, 3)
SOON = timedelta(days=THRESHOLDS[0])


def threshold(until: datetime, now: datetime) -> int | None:
    """The smallest one that is passed; None while more than the largest is left."""
    return min((days for days in THRESHOLDS if until - now <= timedelta(days=days)), default=None)


def level_of(until: datetime, now: datetime) -> Literal["warning", "bad"] | None:
    passed = threshold(until, now)
    return None if passed is None else "warning" if passed == THRESHOLDS[0] else "bad"


def latest(found: Iterable[Known]) -> list[Known]:
    """Of each name the one that ends last: the others are renewed already. The first to end first."""
    best: dict[tuple[str, str], Known] = {}
    for one in found:
        key = (one.kind, one.name)
        best[key] = max(best.get(key, one), one)
    return sorted(best.values())
