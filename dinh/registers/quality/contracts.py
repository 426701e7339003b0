"""Runs and measures of a register's quality."""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from dinh.kernel.events import Count, Day, Event, Plain


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One night's measurement. `stage` 0 goes through the records; each later one compares them for one rule; then it is finished."""

    register: str
    day: date
    started_at: datetime
    stage: int
    position: str | None
    records: int
    finished_at: datetime | None

    @property
    def seconds(self) -> int:
        """From the first step to the last; 0 before that."""
        return int((self.finished_at - self.started_at).total_seconds()) if self.finished_at else 0


class Measure(msgspec.Struct, frozen=True):
    """Of so many records that the rule could be asked of, so many keep it."""

    rule: str
    agency: str
    checked: int
    good: int


class Share(msgspec.Struct, frozen=True):
    """`permille` is rounded down, so that 1000 means all. None: there was nothing to ask."""

    permille: int | None
    checked: int
    bad: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What one run found, by the four words; `before` is that of an earlier run, to see where it goes."""

    register: str
    day: date
    records: int
    words: dict[str, Share]
    before: dict[str, Share]
    before_on: date | None = None


class QualityMeasured(Event, frozen=True):
    """A register was measured. `found` are records that newly break a rule, or break it again; `gone` those that keep it now."""

    type: ClassVar[str] = "registers:quality:measured"
    register: Plain
    day: Day
    records: Count
    found: Count
    gone: Count
