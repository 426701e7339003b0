"""A told message and what became of it: values, shapes and events."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Event, Moment, Plain

# `delivered`: the receiver has it durably. `refused` and `processed` are the receiver's last word. `dead`: it has not come to that in its time.
State = Literal["waiting", "delivered", "processed", "refused", "dead"]
# Why an operator gives a message up.
Reason = Literal["done_otherwise", "not_needed", "wrong"]


class Told(Event, frozen=True):
    type: ClassVar[str] = "exchange:message:told"
    message: Plain
    service: Plain
    receiver: Plain


class MessageDied(Event, frozen=True):
    """It was refused for good, or has not arrived in its time: `reason` is the key of why."""

    type: ClassVar[str] = "exchange:message:died"
    message: Plain
    service: Plain
    receiver: Plain
    reason: Plain


class MessageRevived(Event, frozen=True):
    """An operator has it tried again, in its place among those of its case."""

    type: ClassVar[str] = "exchange:message:revived"
    message: Plain
    service: Plain
    receiver: Plain


class MessageGivenUp(Event, frozen=True):
    """Nobody waits for it any more; its content is erased, and what was told after it in its case goes on."""

    type: ClassVar[str] = "exchange:message:given_up"
    message: Plain
    service: Plain
    receiver: Plain
    reason: Plain


class MessagesDisposed(Event, frozen=True):
    """Of messages that ended in the hour from `since` on, so many do not say any more whom or which case they were about."""

    type: ClassVar[str] = "exchange:message:disposed"
    since: Moment
    messages: Count
    record_class: Plain


class Outbox(msgspec.Struct, frozen=True):
    """What waits for delivery, and how many messages are dead. `refusal` is the key of why the message tried last did not arrive."""

    waiting: int
    oldest: datetime | None
    refusal: str | None
    next_try: datetime | None
    dead: int = 0


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message as a system says it: the request line as X-Road writes it, the headers that travel on, the body. `message_id` is the sender's own."""

    message_id: str
    service: str
    sender: str
    sender_subsystem: str | None
    receiver: str
    receiver_subsystem: str | None
    purpose: str
    assurance: int
    case: str | None
    target: str
    headers: list[tuple[str, str]]
    body: bytes | None
    topic: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """What a receiver says of a message: signed, as an answer or as a message of its own. `of` is the moment that the message said it was sent at,
    `subsystem` whose message it is beside the platform's own, `told` the X-Road-Id of this receipt where it is a message of its own.
    """

    message: str
    receipt: Literal["delivered", "processed", "refused"]
    of: datetime | None = None
    refusal: str = ""
    subsystem: str | None = None
    told: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender and its operator see of a message. Its content is not among it.

    `sent_at` is what it says of itself: `told_at`, or when it was last revived. `revivable`: its content is still there.
    """

    id: UUID
    message_id: str
    service: str
    sender: str
    receiver: str
    purpose: str
    case: str | None
    state: State
    told_at: datetime
    sent_at: datetime
    attempts: int
    refusal: str | None
    next_try_at: datetime | None
    delivered_at: datetime | None
    processed_at: datetime | None
    refused_at: datetime | None
    dead_at: datetime | None
    given_up: str | None
    receipt: str | None
    sender_subsystem: str | None = None
    receiver_subsystem: str | None = None
    topic: str | None = None
    revivable: bool = False


class Dead(msgspec.Struct, frozen=True):
    """How many messages died of one reason."""

    refusal: str
    count: int
