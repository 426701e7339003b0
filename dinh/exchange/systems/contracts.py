"""Information systems of members: who may speak for which subsystem on this node, and what their requests are refused with."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.exchange.members import Identifier
from dinh.kernel.events import Event, Plain

Connection = Literal["key", "network"]


class System(msgspec.Struct, frozen=True, kw_only=True):
    """`subsystem` in text form. By `key` the system shows a secret in the header Dinh-Key; by `network` whoever reaches the listener for systems is believed."""

    id: UUID
    subsystem: str
    connection: Connection
    digest: bytes | None
    admitted_at: datetime


class Client(msgspec.Struct, frozen=True):
    """Whom a request comes from. `named` is what its header says."""

    named: str
    member: str
    subsystem: str | None
    identifier: Identifier


class Receipted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message, as its sender's or receiver's system reads it. `evidence` are the X-Road-Ids under which what was said of it is kept;
    `reason` is the key of why it was refused, or does not arrive.
    """

    message: str
    client: str
    provider: str
    service: str
    purpose: str
    state: str
    told_at: datetime
    attempts: int
    evidence: list[str]
    topic: str | None = None
    delivered_at: datetime | None = None
    processed_at: datetime | None = None
    refused_at: datetime | None = None
    dead_at: datetime | None = None
    next_try_at: datetime | None = None
    reason: str | None = None


class Failure(msgspec.Struct, frozen=True):
    """An error of a node in X-Road's words (PR-REST 4.7)."""

    type: str
    message: str
    detail: str


class SystemAdmitted(Event, frozen=True):
    type: ClassVar[str] = "exchange:system:admitted"
    subsystem: Plain
    connection: Plain


class SystemDismissed(Event, frozen=True):
    type: ClassVar[str] = "exchange:system:dismissed"
    subsystem: Plain
