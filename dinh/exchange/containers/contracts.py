"""A container, and what it is made of."""

from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from dinh.exchange.stamps import Standing, Waiting
from dinh.kernel.events import Count, Event, Plain

Part = Literal["request", "response"]
MOST = 10
"""Exchanges with one message id, at most, whose evidence is given at once."""


class Call(msgspec.Struct, frozen=True):
    """By part, the batch of a message, its place there, and SHA-512 of message and body. `key` and `sealed` None: the content was erased."""

    id: UUID
    batches: dict[Part, UUID]
    places: dict[Part, int]
    digests: dict[Part, bytes]
    key: UUID | None
    sealed: bytes | None


class Stamped(msgspec.Struct, frozen=True):
    """A batch with its leaves and its timestamp; `others` are the leaves of all signatures under it, `place` is this batch's."""

    batch: Waiting
    leaves: list[bytes]
    standing: Standing
    token: bytes
    others: list[bytes]
    place: int


class Container(msgspec.Struct, frozen=True):
    """An ASiC-E file. `erased`: message and body are not kept any more, and it proves their digests."""

    part: Part
    data: bytes
    erased: bool


class EvidenceHandedOut(Event, frozen=True):
    """A system of the member fetched the containers of an exchange, which is the event's subject."""

    type: ClassVar[str] = "exchange:evidence:handed_out"
    subsystem: Plain
    containers: Count
