"""What the agency tells of a case, as its applicant follows it."""

from datetime import datetime
from typing import ClassVar

import msgspec

from dinh.kernel.events import Day, Event, Flag, Plain, Reference


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the case as the agency told it. `holder` is a post, never a name."""

    at: datetime
    state: str
    holder: str | None
    note: str | None


class ApplicationProgressed(Event, frozen=True):
    """What the agency told of the case. `on_time` is meaningful once it is settled; `promised_on` is the new day of an apology."""

    type: ClassVar[str] = "cases:application:progressed"
    procedure: Plain
    unit: Plain
    state: Plain
    due_on: Day
    first: Flag
    on_time: Flag
    person: Reference = ""
    promised_on: Day | None = None


class SupplementSent(Event, frozen=True):
    """The applicant answered what the agency had asked for."""

    type: ClassVar[str] = "cases:application:answered"
    application: Reference
    procedure: Plain
    unit: Plain


class WithdrawalSent(Event, frozen=True):
    """The applicant takes the application back."""

    type: ClassVar[str] = "cases:application:withdrawn"
    application: Reference
    procedure: Plain
    unit: Plain
