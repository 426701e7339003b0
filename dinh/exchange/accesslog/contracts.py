"""Entries of the citizen's log, and what can be asked of it."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.caller import Caller
from dinh.kernel.events import Event, Plain, Reference

# Of one answer.
MOST = 1_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`what` is the service of the exchange or the page that showed the data. `own`: the person had it shown to themselves."""

    id: UUID
    at: datetime
    agency: str
    purpose: str
    legal_basis: str
    what: str
    post: str | None = None
    case: str | None = None
    own: bool = False


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to `agency` that tells about `person`; `who` asked for it."""

    who: Caller
    person: str
    agency: str
    purpose: str
    legal_basis: str
    what: str


class Mark(msgspec.Struct, frozen=True):
    """A place in the log: entries are read from here backwards in time."""

    at: datetime
    id: UUID


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a log, newest first. `since` is part of it, `until` no more. An empty word asks nothing.

    `counted` asks for the total and the tally too.
    """

    agency: str = ""
    purpose: str = ""
    since: datetime | None = None
    until: datetime | None = None
    others_only: bool = False
    before: Mark | None = None
    counted: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 200


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries of one kind a log has, and how many of them are recent."""

    agency: str
    purpose: str
    what: str
    own: bool
    entries: int
    recent: int


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """What one node answers. `total` is that of the wanted part, wherever reading began."""

    entries: list[Entry]
    total: int = 0
    tally: list[Tally] = []


class Seen(Event, frozen=True):
    """A person's data was given out or shown."""

    type: ClassVar[str] = "exchange:access:recorded"
    person: Reference
    agency: Plain
    purpose: Plain
    what: Plain
