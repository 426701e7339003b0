"""Where a person wants to be told, besides the application."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.kernel.events import Event, Flag, Plain, Reference
from dinh.notices.definitions import Channel

Verdict = Literal["confirmed", "wrong", "ask_again"]


class Sealed(msgspec.Struct, frozen=True):
    """What is encrypted with the person's key: the address, and the secret of the link that ends its messages."""

    address: str
    leave: str = ""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    person: str
    channel: Channel
    key: UUID
    sealed: bytes
    language: str
    wanted: bool
    confirmed_at: datetime
    bounced_at: datetime | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """An address that waits for its code."""

    id: UUID
    person: str
    channel: Channel
    key: UUID
    sealed: bytes
    language: str
    code_hash: bytes
    attempts: int
    expires_at: datetime
    bounced_at: datetime | None = None


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One channel as its person sees it. `proposed` is an address that waits for its code."""

    channel: Channel
    offered: bool
    address: str = ""
    wanted: bool = False
    bounced: bool = False
    language: str = ""
    proposed: str = ""
    proposed_bounced: bool = False


class Destination(msgspec.Struct, frozen=True):
    """Where a message goes. `leave` is empty for an address that is not confirmed yet."""

    address: str
    language: str
    leave: str = ""


class ContactProposed(Event, frozen=True):
    """A code was sent there."""

    type: ClassVar[str] = "notices:contact:proposed"
    person: Reference
    channel: Plain


class ContactConfirmed(Event, frozen=True):
    type: ClassVar[str] = "notices:contact:confirmed"
    person: Reference
    channel: Plain


class ContactRefused(Event, frozen=True):
    """A wrong code."""

    type: ClassVar[str] = "notices:contact:refused"
    person: Reference
    channel: Plain


class ContactChosen(Event, frozen=True):
    """Messages there were turned on or off, on the page or by the link of a message."""

    type: ClassVar[str] = "notices:contact:chosen"
    person: Reference
    channel: Plain
    wanted: Flag


class ContactRemoved(Event, frozen=True):
    type: ClassVar[str] = "notices:contact:removed"
    person: Reference
    channel: Plain


class ContactBounced(Event, frozen=True):
    """The other side says that the address takes no messages."""

    type: ClassVar[str] = "notices:contact:bounced"
    person: Reference
    channel: Plain


class LanguageChosen(Event, frozen=True):
    type: ClassVar[str] = "notices:language:chosen"
    person: Reference
    language: Plain
