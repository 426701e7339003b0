"""What all nodes publish, together."""

from datetime import datetime

import msgspec

from dinh.exchange.statistics import By, Day, Line


class Gathered(Line, frozen=True):
    """A line as `node` publishes it."""

    node: str


class Missing(msgspec.Struct, frozen=True):
    """What `node` publishes is not in from `since` on: it did not answer, or has not counted that far."""

    node: str
    operator: str
    since: datetime


class National(msgspec.Struct, frozen=True, omit_defaults=True):
    """Sums and lines of what nodes publish, `missing` left out. Whole hours before `until` are told; `delay` in seconds. `next` is the address of the following
    page; `days` and `missing` are of all that was asked for.
    """

    by: By
    until: datetime
    delay: int
    smallest: int
    missing: list[Missing]
    days: list[Day]
    lines: list[Gathered]
    next: str | None = None
