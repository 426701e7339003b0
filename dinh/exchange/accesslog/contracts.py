"""Entries of the citizen's log, how much of one is shown, and what can be asked of it."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.caller import Caller
from dinh.kernel.events import Count, Event, Moment, Plain, Reference

# Of one answer.
MOST = 1_000

# `full`: also which post looked and for which case. `agency`: which agency, no more. `category`: only that it was done for this purpose. Of the person's own
# look-ups and cases everything is shown, whatever the rule.
Shown = Literal["full", "agency", "category"]


class Withheld(msgspec.Struct, frozen=True):
    """Why an entry was not shown before `until`: the `reason` is a code of the country, `order` the number of the authority's order."""

    authority: str
    order: str
    reason: str
    until: datetime


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """As its person sees it: what its rule does not show is empty here already. `what` is the service of the exchange or the page that showed the data.

    `own`: the person had it shown to themselves. `provable`: its node can prove that it was committed; not so for what older releases wrote.
    `node` is where it is kept, once gathered.
    """

    id: UUID
    at: datetime
    agency: str
    purpose: str
    legal_basis: str
    what: str
    post: str | None = None
    case: str | None = None
    own: bool = False
    shown: str = "full"
    provable: bool = False
    withheld: Withheld | None = None
    node: str = ""


class Embargo(msgspec.Struct, frozen=True):
    """An order under which an access is shown later. `days` from the order's first use on this node."""

    authority: str
    order: str
    reason: str
    days: int


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to `agency` that tells about `person`; `who` asked for it. `person` is a reference, or `number:` and the pseudonym of a number.

    `message` is the X-Road-Request-Id of what asked, where that came through the exchange.
    """

    who: Caller
    person: str
    agency: str
    purpose: str
    legal_basis: str
    what: str
    shown: Shown = "agency"
    message: UUID | None = None
    embargo: Embargo | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it is kept. `actor` is shown to nobody; `nonce` keeps what is committed from being guessed."""

    id: UUID
    person: str
    at: datetime
    agency: str
    actor: str | None
    post: str | None
    purpose: str
    legal_basis: str
    what: str
    case_code: str | None
    own: bool
    shown: str
    message: UUID | None
    embargo: UUID | None
    nonce: bytes


class Mark(msgspec.Struct, frozen=True):
    """A place in the log: entries are read from here backwards in time."""

    at: datetime
    id: UUID


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a log, newest first. `since` is part of it, `until` no more. An empty word asks nothing.

    `counted` asks for the total and the tally too. `number` is the person's own, for a node that knows no reference; `own_cases` are those of which they may see everything.
    """

    agency: str = ""
    purpose: str = ""
    since: datetime | None = None
    until: datetime | None = None
    others_only: bool = False
    before: Mark | None = None
    counted: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 200
    number: str = ""
    own_cases: Annotated[list[str], msgspec.Meta(max_length=MOST)] = []


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries of one kind a log has, and how many of them are recent. Without `agency` where that is not shown."""

    agency: str
    purpose: str
    what: str
    own: bool
    entries: int
    recent: int


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """What one node answers. `total` is that of the wanted part, wherever reading began.

    `by_number`: this node also keeps entries by numbers of persons, and was not told the number.
    """

    entries: list[Entry]
    total: int = 0
    tally: list[Tally] = []
    by_number: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An authority's order, of the day that it bears, that an embargo of theirs holds longer."""

    prolongs: str
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    dated_on: date
    until: date


class Seen(Event, frozen=True):
    """Written by releases that put into the spine who was looked at; still read."""

    type: ClassVar[str] = "exchange:access:recorded"
    person: Reference
    agency: Plain
    purpose: Plain
    what: Plain


class AccessCommitted(Event, frozen=True):
    """`commitment` (hex) binds the whole entry and tells nothing of it: not even that it is withheld."""

    type: ClassVar[str] = "exchange:access:committed"
    entry: Reference
    commitment: Plain


class EmbargoOpened(Event, frozen=True):
    type: ClassVar[str] = "exchange:embargo:opened"
    embargo: Reference
    authority: Plain
    reason: Plain
    until: Moment


class EmbargoProlonged(Event, frozen=True):
    """`number` is that of the new order."""

    type: ClassVar[str] = "exchange:embargo:prolonged"
    embargo: Reference
    authority: Plain
    number: Plain
    until: Moment


class EntriesDisposed(Event, frozen=True):
    """So many entries of the hour from `since` on are gone; what committed them stays."""

    type: ClassVar[str] = "exchange:access:disposed"
    since: Moment
    entries: Count
    record_class: Plain
