"""An application as its applicant sees it, and its events on the portal's spine."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Day, Event, Flag, Plain, Reference


class Attachment(msgspec.Struct, frozen=True):
    """`name` is what the person's device called the file."""

    file: UUID
    name: str
    size: int


class Draft(msgspec.Struct, frozen=True):
    """What is encrypted: answers by field, where prefilled ones came from, and files by field."""

    answers: dict[str, str] = {}
    sources: dict[str, str] = {}
    locked: list[str] = []
    files: dict[str, Attachment] = {}


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is `draft`, `sent` (on its way to the agency), or the agency's state of the case as last told."""

    id: UUID
    person: str
    procedure: str
    version: date
    state: str
    updated_at: datetime
    key: UUID
    content: bytes | None
    unit: str | None = None
    code: str | None = None
    due_on: date | None = None
    submitted_at: datetime | None = None
    holder: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the case as the agency told it. `holder` is a post, never a name."""

    at: datetime
    state: str
    holder: str | None
    note: str | None


class ApplicationStarted(Event, frozen=True):
    type: ClassVar[str] = "cases:application:started"
    application: Reference
    procedure: Plain


class ApplicationSubmitted(Event, frozen=True):
    type: ClassVar[str] = "cases:application:submitted"
    application: Reference
    procedure: Plain
    unit: Plain


class ApplicationProgressed(Event, frozen=True):
    """What the agency told of the case. `on_time` is meaningful once it is settled."""

    type: ClassVar[str] = "cases:application:progressed"
    procedure: Plain
    unit: Plain
    state: Plain
    due_on: Day
    first: Flag
    on_time: Flag
