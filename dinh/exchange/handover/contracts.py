"""The event of a message that a provider's own system took or refused, and what its owner sees of it."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Event, Moment, Plain

Outcome = Literal["processed", "refused"]


class HandedOver(Event, frozen=True):
    """`outcome` is `processed` or `refused`."""

    type: ClassVar[str] = "exchange:message:handed_over"
    message: Plain
    service: Plain
    sender: Plain
    outcome: Plain


class HandoversDisposed(Event, frozen=True):
    """Of messages that systems took or refused in the hour from `since` on, so many do not say any more which case they were about."""

    type: ClassVar[str] = "exchange:handover:disposed"
    since: Moment
    messages: Count
    record_class: Plain


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A message for a system of this node's member."""

    message: UUID
    message_id: str
    service: str
    sender: str
    sender_subsystem: str | None
    receiver: str
    receiver_subsystem: str | None
    purpose: str
    case: str | None
    sent_at: datetime
    arrived_at: datetime
    attempts: int
    next_try_at: datetime
    refusal: str | None
    processed_at: datetime | None
    refused_at: datetime | None
    key: UUID
    content: bytes | None
