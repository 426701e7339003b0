"""What an officer types for a citizen who stands at the counter."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Event, Plain, Reference


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """`content` is a Draft, encrypted."""

    id: UUID
    unit: str
    post: str
    procedure: str
    version: date
    person: str
    key: UUID
    content: bytes
    started_at: datetime


class IntakeStarted(Event, frozen=True):
    """An officer began to enter an application for someone."""

    type: ClassVar[str] = "cases:intake:started"
    intake: Reference
    person: Reference
    procedure: Plain
    unit: Plain
