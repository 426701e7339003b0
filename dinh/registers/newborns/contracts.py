"""A registered birth as the topic of the country carries it, and the event of a register that noted it."""

from datetime import date
from typing import ClassVar

import msgspec

from dinh.kernel.events import Event, Plain, Reference

TOPIC = "birth.registered"


class Newborn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each register gets of it what its subscription carries."""

    child: str
    case: str
    unit: str
    registered_on: date
    born_on: date | None = None
    number: str | None = None
    mother: str | None = None
    father: str | None = None


class BirthNoted(Event, frozen=True):
    """`service` names the register that got the news."""

    type: ClassVar[str] = "registers:birth:noted"
    child: Reference
    case: Reference
    service: Plain
