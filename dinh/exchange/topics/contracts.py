"""What is published, and its event."""

from typing import Any, ClassVar

import msgspec

from dinh.kernel.events import Count, Event, Plain


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """`publisher` is a member, `subsystem` its system, None for the platform's own. With `message_id` a publication made again is the same one."""

    topic: str
    publisher: str
    body: dict[str, Any]
    subsystem: str | None = None
    case: str | None = None
    message_id: str | None = None


class Published(Event, frozen=True):
    type: ClassVar[str] = "exchange:topic:published"
    topic: Plain
    publisher: Plain
    subscribers: Count
