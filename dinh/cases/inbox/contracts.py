"""The inbox: what is shown of a case without opening it, and how it can be narrowed."""

from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec

from dinh.kernel.events import Count, Event, Flag, Plain

Show = Literal["all", "new", "mine", "decision", "paused", "late", "settled"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing personal: whoever opens the case is recorded, whoever sees the list is not."""

    code: str
    procedure: str
    version: date
    state: str
    received_at: datetime
    due_on: date
    due_at: datetime
    settled_at: datetime | None
    holder: str | None
    paused_at: datetime | None
    promised_on: date | None
    proposed: bool


class Wanted(msgspec.Struct, frozen=True):
    """`after` is the last line of the page before: its due moment and code."""

    show: Show = "all"
    procedure: str = ""
    after: tuple[datetime, str] | None = None


class Searched(Event, frozen=True):
    """An official looked for a case. By which name or number is not kept."""

    type: ClassVar[str] = "cases:desk:searched"
    by: Plain
    found: Count


class AcceptedTogether(Event, frozen=True):
    """Several cases were accepted in one go; each has an event of its own besides."""

    type: ClassVar[str] = "cases:desk:accepted_together"
    accepted: Count
    refused: Count
    cut_short: Flag = False
