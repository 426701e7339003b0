"""The person's own log as they see it and take it away."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from dinh.exchange.accesslog import Entry, Log, Wanted
from dinh.kernel.events import Count, Event, Flag, Plain, Reference

# Of one export.
CAP = 5_000


class View(msgspec.Struct, frozen=True):
    """How the log words what a room showed by itself: keys of texts, and where the legal basis was seen.

    `by_link`: nobody of an agency looked, but who holds a link of the person's. `by`: the text that says who looked under a mandate.
    """

    text: str
    purpose: str
    ref: str
    by_link: bool = False
    by: str = ""


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The logs of all nodes as one; `silent` are the agencies that could not be asked just now, `apart` members whose logs are never asked from here."""

    log: Log
    silent: list[str]
    apart: list[str] = []

    @property
    def complete(self) -> bool:
        return not self.silent and not self.apart and len(self.log.entries) >= self.log.total


class ProofsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Proofs of these entries; `number` and `own_cases` as in `Wanted`."""

    entries: Annotated[list[UUID], msgspec.Meta(max_length=200)]
    number: str = ""
    own_cases: Annotated[list[str], msgspec.Meta(max_length=1_000)] = []


class Day(msgspec.Struct, frozen=True):
    """Entries of one day. A group's entries follow one another and differ in their time alone."""

    day: date
    groups: list[list[Entry]]


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """The last days in one sentence: what agencies looked at, and beside it the person, who holds a link of theirs, and who acts for them."""

    times: int
    agencies: int
    own: int
    by_link: int
    by_mandate: int = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A filter as it was typed, what it means, and what is wrong with it by field."""

    typed: dict[str, str]
    wanted: Wanted
    wrong: dict[str, str]


class LogExported(Event, frozen=True):
    """A person took their own log away."""

    type: ClassVar[str] = "exchange:log:exported"
    person: Reference
    format: Plain
    entries: Count
    complete: Flag
