"""The end of a case's content, and what puts it off."""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from dinh.kernel.events import Event, Plain, Reference


class Hold(msgspec.Struct, frozen=True):
    """`reference` is the number of the order by which the case must be kept."""

    case: str
    reference: str
    placed_at: datetime


class Erasable(msgspec.Struct, frozen=True):
    """`why` is the text key of what keeps the case, `until` the first day on which its time is over, `basis` the law that says so."""

    erasable: bool
    why: str = ""
    until: date | None = None
    basis: str = ""


class CaseDisposed(Event, frozen=True):
    """The case's content can no longer be read by anyone. `record_class` says how long it was kept."""

    type: ClassVar[str] = "cases:case:disposed"
    case: Reference
    procedure: Plain
    unit: Plain
    record_class: Plain


class ApplicationDisposed(Event, frozen=True):
    """The applicant's copy follows the agency's."""

    type: ClassVar[str] = "cases:application:disposed"
    application: Reference
    procedure: Plain


class HoldPlaced(Event, frozen=True):
    type: ClassVar[str] = "cases:hold:placed"
    case: Reference
    unit: Plain
    reference: Plain


class HoldLifted(Event, frozen=True):
    type: ClassVar[str] = "cases:hold:lifted"
    case: Reference
    unit: Plain
