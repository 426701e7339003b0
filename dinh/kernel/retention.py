"""How long records are kept, and what a room offers so that what is over can be disposed of.

A country's `retention.yaml` says how long; a room says which of its records have ended, what holds them, and how they are erased:
content by destroying its key, its files go after it, the fact stays as an event. Nothing here disposes: app does, and reports.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from dinh.kernel import content, events
from dinh.kernel.caller import Caller
from dinh.kernel.content import Text
from dinh.kernel.country import Country
from dinh.kernel.events import Event
from dinh.kernel.transactions import ReadTx, WriteTx

Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_-]{0,40}\Z")]


class RecordClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Records of one `kind`, kept for so many years or days after they ended. `counted` from their last day, or from the first day of the year after it.

    `procedures` narrows cases down; a class without them takes those that no other class of the kind names.
    """

    code: Name
    kind: Name
    title: Text
    procedures: list[str] = []
    years: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0
    days: Annotated[int, msgspec.Meta(ge=0, le=3_650)] = 0
    counted: Literal["last_day", "next_year"] = "last_day"
    basis: str
    ref: str


class RetentionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    classes: list[RecordClass]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Records that ended before an instant, in the order of their ids, after one of them."""

    before: datetime
    procedures: list[str]
    not_procedures: list[str]
    after: UUID
    limit: int


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A record whose time is over. `reference` is how people call it; `held` is the text key of what keeps it all the same."""

    id: UUID
    reference: str
    ended_at: datetime
    held: str = ""


class Holding(msgspec.Struct, frozen=True):
    """What a room keeps of one kind. `dispose` locks, looks again, and gives the scope of the key that it destroyed, empty where rows went and no key,
    or None when the record is held or gone.
    """

    find: Callable[[ReadTx, Wanted], Awaitable[list[Ended]]]
    dispose: Callable[[WriteTx, Caller, UUID, str], Awaitable[str | None]]


Holdings = Mapping[str, Holding]


class LegalHolds:
    """Plugged in by nodes: the cases of this node that are kept by an authority's order, so whatever refers to one stays."""

    def __init__(self, of: Callable[[ReadTx], Awaitable[list[str]]] | None = None) -> None:
        self._of = of

    async def cases(self, tx: ReadTx) -> list[str]:
        return await self._of(tx) if self._of else []


_HOUR = timedelta(hours=1)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


class Hours(msgspec.Struct, frozen=True):
    """Rows that come all day long are disposed of by the hour, as one record each: no transaction gets too long.

    `over` gives hours from the first instant to the second with the text key of what holds all that is left of one, `dispose` how many rows went of an
    hour and a class, `said` the event: since when, how many, of which class.
    """

    over: Callable[[ReadTx, datetime, datetime, Wanted], Awaitable[list[tuple[datetime, str]]]]
    dispose: Callable[[WriteTx, datetime, datetime, str], Awaitable[int]]
    said: Callable[[datetime, int, str], Event]

    def holding(self) -> Holding:
        return Holding(self._find, self._dispose)

    async def _find(self, tx: ReadTx, wanted: Wanted) -> list[Ended]:
        start, end = _FIRST + wanted.after.int * _HOUR, wanted.before.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return [
            Ended(id=UUID(int=(hour - _FIRST) // _HOUR + 1), reference=_name(hour), ended_at=hour + _HOUR, held=held)
            for hour, held in await self.over(tx, start, end, wanted)
        ]

    async def _dispose(self, tx: WriteTx, who: Caller, record: UUID, record_class: str) -> str | None:
        start = _FIRST + (record.int - 1) * _HOUR
        removed = await self.dispose(tx, start, start + _HOUR, record_class)
        if not removed:
            return None
        await events.append(tx, who, _name(start), self.said(start, removed, record_class))
        return ""


def _name(hour: datetime) -> str:
    return f"{hour:%Y-%m-%dT%HZ}"


def over_before(kept: RecordClass, today: date) -> date:
    """The day before which a record must have ended for its time to be over today."""
    if kept.counted == "next_year":
        return date(today.year - kept.years, 1, 1)
    return _back(today, kept.years) - timedelta(days=kept.days)


def ended_before(kept: RecordClass, country: Country, now: datetime) -> datetime:
    """The instant before which a record must have ended for its time to be over."""
    return datetime.combine(over_before(kept, country.local_date(now)), time(), country.zone)


def _back(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def faults(classes: list[RecordClass]) -> list[tuple[str, str]]:
    """What no shape can say: each code once, a time for each, one class at most for a procedure and for the rest of a kind."""
    found, codes, taken = [], set[str](), set[tuple[str, str]]()
    for index, one in enumerate(classes):
        at = f"classes[{index}]"
        if one.code in codes:
            found.append((f"{at}.code", f"a code that no other class has, not {one.code!r}"))
        if not one.years and not one.days:
            found.append((f"{at}.years", "a time of at least a day"))
        for name in one.procedures or [""]:
            if (one.kind, name) in taken:
                found.append((f"{at}.procedures", f"each procedure of a kind in one class ({name or 'the rest'})"))
            taken.add((one.kind, name))
        codes.add(one.code)
    return found


def classes_of(country: Country) -> list[RecordClass]:
    """What the country's file says. Raises BadContent."""
    return _load(country.folder)


def class_named(country: Country, code: str) -> RecordClass:
    """Raises KeyError."""
    return {one.code: one for one in classes_of(country)}[code]


@cache
def _load(folder: Path) -> list[RecordClass]:
    return content.read(folder / "retention.yaml", RetentionFile, lambda file: faults(file.classes)).classes


def class_of(classes: list[RecordClass], kind: str, procedure: str) -> RecordClass | None:
    """The one that names the procedure, else that of the rest."""
    of_kind = [one for one in classes if one.kind == kind]
    return next((one for one in of_kind if procedure in one.procedures), next((one for one in of_kind if not one.procedures), None))


def over_on(kept: RecordClass, ended: date) -> date:
    """The first day on which a record that ended that day is over."""
    if kept.counted == "next_year":
        return date(ended.year + kept.years + 1, 1, 1)
    return _back(ended, -kept.years) + timedelta(days=kept.days + 1)
