"""What travels between two nodes: frames of signed batches, in both directions of one connection."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from dinh.trust import BatchSignature

MOST_MESSAGES = 256
# Of one frame, unless a single message is larger.
FRAME_BYTES = 1024 * 1024
MESSAGE_BYTES = 10 * 1024 * 1024


class Item(msgspec.Struct, frozen=True, array_like=True):
    """A message as signed. `seq` numbers the question on its connection; the answer carries the same."""

    seq: int
    message: bytes
    body: bytes | None

    @property
    def size(self) -> int:
        return len(self.message) + len(self.body or b"")


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Messages of one member, in the order of its signature's hash tree."""

    member: str
    signature: BatchSignature
    items: list[Item]


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """Nobody's word, for nobody can sign for a message that was not accepted. The key says why."""

    seq: int
    key: str


class Letter(msgspec.Struct, frozen=True, array_like=True):
    """From node to node, and no exchange: what is in it proves itself, nobody's right allows it, and no evidence is kept of it. Its answer carries the same `seq`."""

    seq: int
    kind: str
    body: bytes


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """A node of the release before passes over letters."""

    batches: list[Batch] = []
    faults: list[Fault] = []
    letters: list[Letter] = []


class SignedBatch(msgspec.Struct, frozen=True, kw_only=True, weakref=True):
    """A batch whose signature holds. `leaves` in the order signed: from them each message's hash chain can be built at any time."""

    id: UUID
    at: datetime
    member: str
    leaves: list[bytes]
    root: bytes
    signature: BatchSignature


class Signed(msgspec.Struct, frozen=True):
    """One message in its batch."""

    message: bytes
    body: bytes | None
    batch: SignedBatch
    index: int

    @property
    def size(self) -> int:
        return len(self.message) + len(self.body or b"")


class Reply(msgspec.Struct, frozen=True):
    """What `member` answers. `evidence` makes of the signed answer what has to be durable before it leaves; `dropped` is called where that failed."""

    member: str
    message: bytes
    body: bytes | None
    evidence: Callable[[Signed], Any]
    dropped: Callable[[], None]


class Channel(Protocol):
    """An open connection. `send` raises Unavailable once it is closed."""

    async def send(self, frame: bytes) -> None: ...

    async def close(self) -> None: ...


class Receiver(Protocol):
    """Takes the frames that arrive on a connection, and hears of its end."""

    async def take(self, frame: bytes) -> None: ...

    def lost(self) -> None: ...


class Handler(Protocol):
    """Answers what arrives at a node."""

    async def accept(self, batch: SignedBatch, items: Sequence[Item]) -> Sequence[Awaitable[Reply] | str]:
        """For each message its answer to come, or the key of why it is not taken."""
        ...

    async def keep(self, evidence: Sequence[Any]) -> None: ...
