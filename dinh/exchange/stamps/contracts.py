"""What is stamped, and what a stamp is kept as."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from dinh.kernel.events import Count, Event, Plain
from dinh.trust import BatchSignature


class Waiting(msgspec.Struct, frozen=True):
    """A kept batch without a timestamp."""

    id: UUID
    made_at: datetime
    root: bytes
    signature: BatchSignature


class Standing(msgspec.Struct, frozen=True):
    """A signer's certificate and what its responder said about it (both DER). `fingerprint` is the SHA-512 by which a signature names its certificate."""

    id: UUID
    fingerprint: bytes
    certificate: bytes
    response: bytes
    until: datetime


class Kept(msgspec.Struct, frozen=True):
    """One timestamp over the signatures of `batches`, whose `leaves` and `standings` are in the same order."""

    id: UUID
    at: datetime
    tsa: str
    token: bytes
    leaves: list[bytes]
    batches: list[Waiting]
    standings: list[UUID]


class EvidenceStamped(Event, frozen=True):
    """`root` (hex) is that of the hash tree over the batches' signatures, which the timestamp is over; `token` the SHA-256 of the timestamp."""

    type: ClassVar[str] = "exchange:evidence:stamped"
    root: Plain
    token: Plain
    batches: Count
