"""What app plugs into a node for its answers."""

from collections.abc import Awaitable, Callable

import msgspec

from dinh.exchange.gateway.contracts import Answer, Question
from dinh.exchange.members import Service
from dinh.kernel.caller import Caller
from dinh.kernel.node import Node
from dinh.kernel.transactions import WriteTx


class Consents:
    """Plugged in by app. A right that stands on consent is used with it or not at all."""

    async def valid(self, node: Node, receiver: str, use: tuple[str, str, str], person: str) -> bool:
        """Whether the person agrees, now, to this use: service, client, purpose. `receiver` is the member that would give the data out."""
        raise NotImplementedError


class Told(msgspec.Struct, frozen=True):
    """What a provider's own system answered."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes | None


class Systems:
    """Plugged in by app: reaches the systems of the members that this node hosts."""

    async def call(self, service: Service, verb: str, target: str, headers: list[tuple[str, str]], body: bytes | None) -> Told:
        """`target` is appended to the service's address as it is. Redirects are not followed. Raises Unavailable (`exchange.system_down`, `exchange.system_slow`), TooLarge."""
        raise NotImplementedError


Provider = Callable[[Node, Caller, Question], Awaitable[Answer]]
Handler = Callable[[WriteTx, Caller, Question], Awaitable[None]]


class Providers(dict[str, Provider]):
    """Service code to the function that answers it on this node."""


class Handlers(dict[str, Handler]):
    """Service code to the verb that takes a message in, inside the transaction that marks it as taken."""
