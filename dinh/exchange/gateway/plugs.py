"""What app plugs into a node for the exchange."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from dinh.exchange.gateway.contracts import Answer, Question
from dinh.kernel.caller import Caller
from dinh.kernel.node import Node
from dinh.kernel.transactions import WriteTx


class MemberKeys:
    """Plugged in by app from trust. Each member signs with its own key."""

    async def sign(self, agency: str, data: bytes) -> tuple[str, bytes]:
        raise NotImplementedError

    async def verify(self, agency: str, algorithm: str, data: bytes, signature: bytes) -> None:
        """Raises BadSignature."""
        raise NotImplementedError


class Consents:
    """Plugged in by app. A right that stands on consent is used with it or not at all."""

    async def valid(self, node: Node, receiver: str, use: tuple[str, str, str], person: str) -> bool:
        """Whether the person agrees, now, to this use: service, client, purpose. `receiver` is the member that would give the data out."""
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
