"""Events of the civil-status register."""

from typing import ClassVar

from dinh.kernel.events import Count, Day, Event, Plain, Reference


class BirthRegistered(Event, frozen=True):
    type: ClassVar[str] = "registers:birth:registered"
    child: Reference
    case: Reference
    unit: Plain
    registered_on: Day


class BirthCorrected(Event, frozen=True):
    """So many values of an entry were set right; what they were is kept."""

    type: ClassVar[str] = "registers:birth:corrected"
    child: Reference
    case: Reference
    unit: Plain
    fields: Count


class DeathRegistered(Event, frozen=True):
    """`person` is empty when the population register does not know them."""

    type: ClassVar[str] = "registers:death:registered"
    person: Reference
    case: Reference
    unit: Plain
    registered_on: Day


class MaritalStatusConfirmed(Event, frozen=True):
    type: ClassVar[str] = "registers:marital_status:confirmed"
    person: Reference
    case: Reference
    unit: Plain
    registered_on: Day
