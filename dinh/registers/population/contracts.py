"""Events of the population register."""

from typing import ClassVar

import msgspec

from dinh.kernel.events import Count, Event, Reference


class PersonAdded(Event, frozen=True):
    """A person entered the register through the registration of their birth."""

    type: ClassVar[str] = "registers:person:added"
    person: Reference
    case: Reference


class PersonCorrected(Event, frozen=True):
    """So many values of a person's record were set right; what they were is kept."""

    type: ClassVar[str] = "registers:person:corrected"
    person: Reference
    case: Reference
    fields: Count


class DeathRecorded(Event, frozen=True):
    type: ClassVar[str] = "registers:person:died"
    person: Reference
    case: Reference


class UseRestricted(Event, frozen=True):
    """From now on the person's record is given for what a law demands, and to themselves."""

    type: ClassVar[str] = "registers:person:restricted"
    person: Reference
    case: Reference


class RestrictionLifted(Event, frozen=True):
    type: ClassVar[str] = "registers:person:unrestricted"
    person: Reference
    case: Reference


class PopulationMade(Event, frozen=True):
    """A synthetic population was loaded: nobody in it is real."""

    type: ClassVar[str] = "registers:population:made"
    persons: Count


class PlaceNumber(msgspec.Struct, frozen=True):
    """A row of the file that maps today's top units to their number in personal numbers."""

    number: str
    province: str
    old_province: str
