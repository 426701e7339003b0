"""An application as its applicant sees it, and its events on the portal's spine."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Day, Event, Plain, Reference


class Attachment(msgspec.Struct, frozen=True):
    """`name` is what the person's device called the file."""

    file: UUID
    name: str
    size: int
    media_type: str = ""


class Draft(msgspec.Struct, frozen=True):
    """What is encrypted: answers by field, where prefilled ones came from, and files by field. Items of a group and several files of
    one field stand by keys such as `children.0.name` and `papers.1`.
    """

    answers: dict[str, str] = {}
    sources: dict[str, str] = {}
    locked: list[str] = []
    files: dict[str, Attachment] = {}


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The draft as it is now. Where another device wrote meanwhile, nothing was saved, and `typed` is the draft as it would be.

    `fresh` are keys of questions that the answers have only now brought up.
    """

    draft: Draft
    fresh: set[str] = set()
    typed: Draft | None = None


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is `draft`, `discarded`, `sent` (on its way to the agency), or the agency's state of the case as last told."""

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
    paused_at: datetime | None = None
    promised_on: date | None = None


class ApplicationStarted(Event, frozen=True):
    type: ClassVar[str] = "cases:application:started"
    application: Reference
    procedure: Plain


class ApplicationSubmitted(Event, frozen=True):
    type: ClassVar[str] = "cases:application:submitted"
    application: Reference
    procedure: Plain
    unit: Plain


class ApplicationAging(Event, frozen=True):
    """A draft that nobody touched will be discarded on that day."""

    type: ClassVar[str] = "cases:application:aging"
    application: Reference
    person: Reference
    procedure: Plain
    discarded_on: Day


class ApplicationDiscarded(Event, frozen=True):
    """A draft is gone, its key destroyed. `reason` is `asked` or `old`."""

    type: ClassVar[str] = "cases:application:discarded"
    application: Reference
    person: Reference
    procedure: Plain
    reason: Plain
