"""A case as the agency holds it, and the events of its handling."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Day, Event, Flag, Plain, Reference

# The channel of what an officer enters for someone who is there.
COUNTER = "direct"


class FiledFile(msgspec.Struct, frozen=True):
    field: str
    name: str
    content: str


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """What arrives: from the portal as a message, or from an officer at the counter. Files are base64."""

    application: UUID
    person: str
    procedure: str
    version: date
    unit: str
    submitted_at: datetime
    channel: str
    answers: dict[str, str]
    sources: dict[str, str] = {}
    files: list[FiledFile] = []


class StoredAttachment(msgspec.Struct, frozen=True):
    file: UUID
    name: str


class Addition(msgspec.Struct, frozen=True):
    """What the applicant wrote beside the answers they gave again."""

    at: datetime
    text: str


class CaseContent(msgspec.Struct, frozen=True):
    """Encrypted with the case's key."""

    answers: dict[str, str]
    sources: dict[str, str]
    files: dict[str, StoredAttachment]
    additions: list[Addition] = []


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """`holder` is the post that has it now. `due_on` is the day of the law, moved by pauses alone; `promised_on` what an apology promised.

    `representatives` filed or answered for the applicant under a mandate.
    """

    id: UUID
    code: str
    application: UUID
    procedure: str
    version: date
    unit: str
    agency: str
    channel: str
    state: str
    received_at: datetime
    due_on: date
    due_at: datetime
    settled_at: datetime | None
    holder: str | None
    key: UUID
    content: bytes
    applicant: str
    paused_at: datetime | None = None
    promised_on: date | None = None
    proposed: bool = False
    representatives: list[str] = []


class Proposal(msgspec.Struct, frozen=True):
    person: str
    post: str
    outcome: str
    note: bytes
    proposed_at: datetime


class CaseReceived(Event, frozen=True):
    type: ClassVar[str] = "cases:case:received"
    case: Reference
    procedure: Plain
    unit: Plain
    channel: Plain
    due_on: Day


class ClockStarted(Event, frozen=True):
    """The legal deadline and the rule that it follows from."""

    type: ClassVar[str] = "cases:clock:started"
    counted_from: Day
    days: Count
    calendar: Plain
    due_on: Day
    late_arrival: Flag


class CaseAccepted(Event, frozen=True):
    type: ClassVar[str] = "cases:case:accepted"
    case: Reference


class CaseChecked(Event, frozen=True):
    type: ClassVar[str] = "cases:case:checked"
    case: Reference
    checks: Count
    good: Count


class CaseProposed(Event, frozen=True):
    """`to_post` is whose decision it waits for."""

    type: ClassVar[str] = "cases:case:proposed"
    case: Reference
    outcome: Plain
    to_post: Plain = ""
