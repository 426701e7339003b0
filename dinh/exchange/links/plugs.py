"""What app plugs into a node for its connections."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from dinh.exchange.links.contracts import Channel, Receiver
from dinh.kernel.node import Node
from dinh.trust import BatchSignature


class MemberKeys:
    """Plugged in by app from trust. Each member signs with its own key."""

    async def sign(self, member: str, root: bytes, at: datetime) -> BatchSignature:
        """Raises Unavailable when the signer is down."""
        raise NotImplementedError

    async def verify(self, member: str, root: bytes, signature: BatchSignature) -> None:
        """Raises BadSignature."""
        raise NotImplementedError


class Transport(Protocol):
    """Opens a connection to the node that has this code. Raises Unavailable when that fails."""

    async def open(self, node: str, receiver: Receiver) -> Channel: ...


class Wire:
    """The key under which app plugs a Transport into a node."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport


class Letters(dict[str, Callable[[Node, bytes], Awaitable[bytes]]]):
    """Kind of letter to the verb that answers it on this node. It raises Refused, or BadSignature for what does not prove itself."""
