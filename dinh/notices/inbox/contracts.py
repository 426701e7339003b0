"""A notice as its person has it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Event, Reference
from dinh.notices.definitions import Urgency, Words


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is the code of its definition; `facts` are the fields of the event that its words show."""

    id: UUID
    person: str
    kind: str
    urgency: Urgency
    case_code: str | None
    facts: dict[str, str]
    occurred_at: datetime
    made_at: datetime
    read_at: datetime | None = None


class Shown(msgspec.Struct, frozen=True):
    notice: Notice
    words: Words


class Shelf(msgspec.Struct, frozen=True):
    """One page of the list. `unread` stops counting at 100, as the header does."""

    notices: list[Shown]
    unread: int
    more: bool


class NoticesRead(Event, frozen=True):
    type: ClassVar[str] = "notices:notice:read"
    person: Reference
    notices: Count
