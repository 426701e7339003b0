"""What happens to a case between receipt and result."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.cases.desk import FiledFile
from dinh.kernel.events import Count, Day, Event, Plain, Reference


class Answered(msgspec.Struct, frozen=True):
    """What the portal sends when an applicant answers a request: the fields that were asked for, and words beside them. Files are base64."""

    application: UUID
    person: str
    unit: str
    at: datetime
    answers: dict[str, str]
    text: str = ""
    files: list[FiledFile] = []


class Withdrawn(msgspec.Struct, frozen=True):
    application: UUID
    person: str
    unit: str
    reason: str


class SlipIssued(Event, frozen=True):
    type: ClassVar[str] = "cases:slip:issued"
    case: Reference
    kind: Plain
    serial: Count


class SupplementRequested(Event, frozen=True):
    """The clock stands still from here on; `basis` is why it may."""

    type: ClassVar[str] = "cases:case:supplement_requested"
    case: Reference
    fields: Count
    basis: Plain


class SupplementAnswered(Event, frozen=True):
    """The clock goes on. `due_on` moved by the working days that it stood."""

    type: ClassVar[str] = "cases:case:supplement_answered"
    case: Reference
    due_on: Day


class CaseExtended(Event, frozen=True):
    """A new day was promised with an apology. The day of the law stays what it was."""

    type: ClassVar[str] = "cases:case:extended"
    case: Reference
    due_on: Day
    promised_on: Day


class CaseHandedOver(Event, frozen=True):
    type: ClassVar[str] = "cases:case:handed_over"
    case: Reference
    from_post: Plain
    to_post: Plain


class ProposalReturned(Event, frozen=True):
    type: ClassVar[str] = "cases:case:returned_to_handler"
    case: Reference
    to_post: Plain


class CaseTurnedDown(Event, frozen=True):
    """Not accepted for handling. The other endings read like `cases:case:settled`, so that a figure can count them by unit."""

    type: ClassVar[str] = "cases:case:turned_down"
    case: Reference
    procedure: Plain
    unit: Plain


class CaseStopped(Event, frozen=True):
    type: ClassVar[str] = "cases:case:stopped"
    case: Reference
    procedure: Plain
    unit: Plain


class CaseWithdrawn(Event, frozen=True):
    type: ClassVar[str] = "cases:case:withdrawn"
    case: Reference
    procedure: Plain
    unit: Plain
