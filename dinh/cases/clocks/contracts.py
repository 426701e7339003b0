"""Calendars by year, with their legal references."""

from datetime import date, datetime, time
from typing import Literal

import msgspec

from dinh.kernel.content import Text

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    date: date
    kind: str
    name: Text


class Hours(msgspec.Struct, frozen=True, rename={"opens": "from", "closes": "until"}, forbid_unknown_fields=True):
    opens: time
    closes: time


class CalendarYear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`provisional`: a forecast, to be replaced when the state decides. `working_days` are worked weekend days."""

    year: int
    ref: str
    provisional: bool
    holidays: list[Holiday]
    working_days: list[date]


class CalendarFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    name: Text
    weekdays: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]
    hours: list[Hours]
    hours_ref: str
    years: list[CalendarYear]


class Calendar(msgspec.Struct, frozen=True):
    """Ready to compute with. Days outside `years` raise ValueError: nobody has decided them. `hours` leave out the midday break."""

    code: str
    weekdays: frozenset[int]
    opens: time
    closes: time
    holidays: frozenset[date]
    worked: frozenset[date]
    years: frozenset[int]
    provisional: frozenset[int]
    hours: tuple[tuple[time, time], ...] = ()


class Due(msgspec.Struct, frozen=True):
    """`counted_from` is the working day that the law counts from; `late_arrival` says that the cut-off moved it."""

    on: date
    at: datetime
    counted_from: date
    late_arrival: bool
    provisional: bool


class Pause(msgspec.Struct, frozen=True):
    """The clock stood still from `since` to `until`, on the country's clocks."""

    since: datetime
    until: datetime
