"""Entries of the citizen's log."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Event, Plain, Reference


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`what` is the service of the exchange or the page that showed the data."""

    id: UUID
    at: datetime
    agency: str
    purpose: str
    legal_basis: str
    what: str
    post: str | None = None
    case: str | None = None


class Seen(Event, frozen=True):
    """A person's data was given out or shown."""

    type: ClassVar[str] = "exchange:access:recorded"
    person: Reference
    agency: Plain
    purpose: Plain
    what: Plain
