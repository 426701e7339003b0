"""What travels to the portal, and the event that becomes a notice."""

from typing import Annotated, ClassVar

import msgspec

from dinh.kernel.events import Event, Reference

# Of one message.
MOST = 1_000


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked at these persons, known by reference or by number."""

    persons: Annotated[list[str], msgspec.Meta(max_length=MOST)] = []
    numbers: Annotated[list[str], msgspec.Meta(max_length=MOST)] = []


class LogGrew(Event, frozen=True):
    """There is something new in this person's log since they were told last."""

    type: ClassVar[str] = "exchange:log:grew"
    person: Reference
