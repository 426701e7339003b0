"""The event of a message put in the outbox."""

from datetime import datetime
from typing import ClassVar

import msgspec

from dinh.kernel.events import Event, Plain


class Told(Event, frozen=True):
    type: ClassVar[str] = "exchange:message:told"
    message: Plain
    service: Plain
    receiver: Plain


class Outbox(msgspec.Struct, frozen=True):
    """What waits for delivery. `refusal` is the key of why the message tried last did not arrive."""

    waiting: int
    oldest: datetime | None
    refusal: str | None
    next_try: datetime | None
