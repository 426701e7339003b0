"""Events of the civil-status register."""

from typing import ClassVar

from dinh.kernel.events import Day, Event, Plain, Reference


class BirthRegistered(Event, frozen=True):
    type: ClassVar[str] = "registers:birth:registered"
    child: Reference
    case: Reference
    unit: Plain
    registered_on: Day
