"""What an event is. Each room declares its own kinds in its `contracts.py`.

A field holds an opaque reference, a code, a count or a date: never a name, a number of a person or free text.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec

from dinh.kernel import merkle
from dinh.kernel.errors import BadSignature

Reference = Annotated[str, msgspec.Meta(extra={"pii": "reference"})]
Plain = Annotated[str, msgspec.Meta(extra={"pii": "none"})]
Count = Annotated[int, msgspec.Meta(extra={"pii": "none"})]
Flag = Annotated[bool, msgspec.Meta(extra={"pii": "none"})]
Day = Annotated[date, msgspec.Meta(extra={"pii": "none"})]
Moment = Annotated[datetime, msgspec.Meta(extra={"pii": "none"})]

GRAMMAR = re.compile(r"[a-z]+:[a-z_]+:[a-z_]+")
_KINDS: dict[str, type["Event"]] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every kind. `type` is `room:subject:action`; readers of version n also take n - 1."""

    type: ClassVar[str] = ""
    version: ClassVar[int] = 1

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not GRAMMAR.fullmatch(cls.type):
            message = f"{cls.__name__}: an event's type reads room:subject:action, not {cls.type!r}"
            raise TypeError(message)
        _KINDS[cls.type] = cls


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event in its envelope. `position` is its number in sealed order, None until it is sealed."""

    id: UUID
    node: str
    type: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    local_date: date
    actor: str | None
    post: str | None
    on_behalf_of: str | None
    subject: str
    case_code: str | None
    legal_basis: str | None
    trace: str | None
    payload: bytes
    position: int | None = None

    def read(self) -> Event:
        """The typed event. Raises KeyError for a kind that no room of this process declares."""
        return msgspec.json.decode(self.payload, type=_KINDS[self.type])


class _Envelope(Recorded, frozen=True, kw_only=True, array_like=True):
    """As a leaf has it."""


class SignedHead(msgspec.Struct, frozen=True, kw_only=True):
    """The root of the tree of a node's first `size` events, signed with the node's key over `signed_bytes`."""

    node: str
    epoch: int
    size: int
    root: bytes
    signed_at: datetime
    algorithm: str
    signature: bytes

    def signed_bytes(self) -> bytes:
        return msgspec.json.encode(["dinh head 1", self.node, self.epoch, self.size, self.root.hex(), self.signed_at])


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """That a restored spine goes on in a new epoch from the tree of its first `size` events; whatever it had beyond that is lost to it.
    `published_*` is the longest head that it knew to be published. Whoever shows it signs it, over `signed_bytes`.
    """

    node: str
    epoch: int
    size: int
    root: bytes
    opened_at: datetime
    published_size: int
    published_root: bytes
    algorithm: str = ""
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        beginning, published = [self.size, self.root.hex()], [self.published_size, self.published_root.hex()]
        return msgspec.json.encode(["dinh epoch 1", self.node, self.epoch, beginning, published, self.opened_at])


class EpochOpened(Event, frozen=True):
    """The spine was restored with `size` events, and goes on under this number."""

    type: ClassVar[str] = "kernel:epoch:opened"
    number: Count
    size: Count


class Inclusion(msgspec.Struct, frozen=True, kw_only=True):
    """That an event stands at `position`, from 1, in the tree of a head. `data` is what its leaf is over: its envelope as a JSON array."""

    position: int
    data: bytes
    path: list[bytes]
    head: SignedHead

    def check(self) -> None:
        """Raises BadSignature. The head's signature is the caller's to verify, with a certificate that they trust."""
        merkle.check_inclusion(merkle.leaf(self.data), self.position - 1, self.head.size, self.path, self.head.root)

    def event(self) -> Recorded:
        """What `data` says. Raises BadSignature for what is no envelope."""
        try:
            return msgspec.structs.replace(msgspec.json.decode(self.data, type=_Envelope), position=self.position)
        except msgspec.DecodeError as error:
            raise BadSignature("the leaf is not that of an event") from error


def registered() -> dict[str, type[Event]]:
    """Every kind that has been imported, by type."""
    return dict(_KINDS)
