"""What the edge needs of identity, without knowing it."""

from dinh.kernel.caller import Caller
from dinh.kernel.node import Node


class Sessions:
    """Plugged in by app: turns a session's secret into its caller."""

    async def caller(self, node: Node, secret: str) -> Caller:
        """PUBLIC when the session is unknown, ended or expired."""
        raise NotImplementedError

    async def ended(self, node: Node, secret: str) -> str | None:
        """Whose session it was, also after it has run out; None for one that never was, was closed, or acted for another person."""
        raise NotImplementedError

    async def acted(self, node: Node, who: Caller, part: str) -> None:
        """Someone opens this part of another's affairs under a mandate: on record before the page is made."""
        raise NotImplementedError


class Duties:
    """Plugged in by app: what a node entrusts a person with beside the duties of their post."""

    async def of(self, node: Node, person: str) -> tuple[str, ...]:
        raise NotImplementedError
