"""A decision, and the events of its carrying out."""

from datetime import datetime
from typing import ClassVar

import msgspec

from dinh.kernel.events import Day, Event, Flag, Plain, Reference


class Choice(msgspec.Struct, frozen=True):
    """What the one who decides has chosen. A refusal tells its reason and the rule that it follows from; the applicant reads both."""

    outcome: str
    reason: str = ""
    reference: str = ""


class Decision(msgspec.Struct, frozen=True):
    """`subject` is the SHA-256 of what was decided: the signer's ticket is for it alone. `ticket` is kept encrypted."""

    person: str
    post: str
    outcome: str
    subject: str
    ticket: str
    decided_at: datetime


class CaseDecided(Event, frozen=True):
    """`authority` is the post whose grant it was: another than the acting one where authority was lent."""

    type: ClassVar[str] = "cases:case:decided"
    case: Reference
    outcome: Plain
    subject: Plain
    authority: Plain = ""


class PaperSigned(Event, frozen=True):
    type: ClassVar[str] = "cases:paper:signed"
    case: Reference
    kind: Plain
    sha256: Plain


class CaseSettled(Event, frozen=True):
    type: ClassVar[str] = "cases:case:settled"
    case: Reference
    procedure: Plain
    unit: Plain
    state: Plain
    due_on: Day
    on_time: Flag
