"""What travels between members, and what app plugs in for it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol
from uuid import UUID

import msgspec

from dinh.kernel.caller import Caller
from dinh.kernel.events import Event, Plain
from dinh.kernel.node import Node
from dinh.kernel.transactions import WriteTx


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`client` asks `provider`. `purpose` names the right that allows it; `case` ties it to what it is for."""

    service: str
    client: str
    provider: str
    purpose: str
    body: dict[str, Any]
    case: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`subjects` are the persons whose data the answer tells: each of them will see this access."""

    body: dict[str, Any]
    subjects: list[str] = []
    at: datetime | None = None
    source: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The signed content. `answers` ties a reply to its question; `refusal` is the key of a refusal."""

    id: UUID
    kind: Literal["ask", "tell", "answer", "refusal"]
    sender: str
    receiver: str
    service: str
    purpose: str
    sent_at: datetime
    body: bytes
    case: str | None = None
    person: str | None = None
    post: str | None = None
    assurance: int = 0
    answers: UUID | None = None
    refusal: str | None = None


class Packet(msgspec.Struct, frozen=True, array_like=True):
    """A message as bytes with the sender's signature over exactly these bytes."""

    message: bytes
    algorithm: str
    signature: bytes


class MemberKeys:
    """Plugged in by app from trust. Each member signs with its own key."""

    async def sign(self, agency: str, data: bytes) -> tuple[str, bytes]:
        raise NotImplementedError

    async def verify(self, agency: str, algorithm: str, data: bytes, signature: bytes) -> None:
        """Raises BadSignature."""
        raise NotImplementedError


class Transport(Protocol):
    """Carries a packet to the node of an agency and brings the reply. Raises Unavailable when it cannot."""

    async def send(self, agency: str, packet: bytes) -> bytes: ...


class Wire:
    """The key under which app plugs a Transport into a node."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport


Provider = Callable[[Node, Caller, Question], Awaitable[Answer]]
Handler = Callable[[WriteTx, Caller, Question], Awaitable[None]]


class Providers(dict[str, Provider]):
    """Service code to the function that answers it on this node."""


class Handlers(dict[str, Handler]):
    """Service code to the verb that takes a message in, inside the transaction that marks it as taken."""


class Asked(Event):
    """One exchange, as each side records it: the hashes bind both to the same bytes."""

    type: ClassVar[str] = "exchange:message:exchanged"
    message: Plain
    service: Plain
    client: Plain
    provider: Plain
    purpose: Plain
    request_hash: Plain
    answer_hash: Plain
    refusal: Plain = ""
