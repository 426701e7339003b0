"""The event of a message put in the outbox."""

from typing import ClassVar

from dinh.kernel.events import Event, Plain


class Told(Event, frozen=True):
    type: ClassVar[str] = "exchange:message:told"
    message: Plain
    service: Plain
    receiver: Plain
