"""What leaves by e-mail or SMS, and what became of it."""

from datetime import datetime
from typing import ClassVar, Literal, Protocol
from uuid import UUID

import msgspec

from dinh.kernel.events import Event, Plain, Reference
from dinh.notices.definitions import Channel

Outcome = Literal["sent", "again", "refused", "bounced"]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A notice for a confirmed contact, or a code (sealed) for a proposed one."""

    id: UUID
    person: str
    channel: Channel
    contact: UUID
    notice: UUID | None = None
    key: UUID | None = None
    sealed: bytes | None = None
    made_at: datetime
    expires_at: datetime
    attempts: int = 0


class Attempt(msgspec.Struct, frozen=True):
    """`again`: nobody's fault that lasts; `refused`: this message will never be taken; `bounced`: nothing will be, at that address.

    `fault` is a word for the operator, never what the other side wrote. `reference` is the gateway's own number.
    """

    outcome: Outcome
    fault: str = ""
    reference: str = ""


class DeliverySent(Event, frozen=True):
    """The other side has taken it. Whether a person has read it, nobody knows."""

    type: ClassVar[str] = "notices:delivery:sent"
    person: Reference
    delivery: Reference
    channel: Plain


class DeliveryGivenUp(Event, frozen=True):
    type: ClassVar[str] = "notices:delivery:given_up"
    person: Reference
    delivery: Reference
    channel: Plain
    fault: Plain


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail before it is written out. `leave` is the address that ends these letters; a code has none."""

    id: UUID
    to: str
    language: str
    subject: str
    text: str
    html: str
    made_at: datetime
    leave: str = ""


class NotSent(Exception):
    """What a sender of messages raises; the attempt says whether to try again."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt.fault)
        self.attempt = attempt


class MailSender(Protocol):
    async def send(self, letter: Letter) -> None:
        """Raises NotSent."""
        ...


class SmsSender(Protocol):
    async def send(self, phone: str, text: str, key: str) -> str:
        """The gateway's own number of the message. `key` is the same when the same message is sent again. Raises NotSent."""
        ...


class Senders(msgspec.Struct, frozen=True):
    """Plugged in by app; a channel without a sender is not offered."""

    mail: MailSender | None = None
    sms: SmsSender | None = None

    @property
    def offered(self) -> list[Channel]:
        channels: list[Channel] = []
        if self.mail:
            channels.append("email")
        if self.sms:
            channels.append("sms")
        return channels
