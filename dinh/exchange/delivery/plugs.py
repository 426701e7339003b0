"""What app plugs in for messages that never arrive."""

from collections.abc import Awaitable, Callable

from dinh.exchange.delivery.contracts import Message
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import WriteTx


class GivenUp(dict[str, Callable[[WriteTx, Caller, Message], Awaitable[None]]]):
    """Service code to the verb of the sender's room that runs when an operator gives up one of its messages, in the same transaction."""
