"""What stands in the header and footer of a node's pages; app fills it from the rooms that the node has."""

from collections.abc import Awaitable, Callable

import msgspec

from dinh.kernel.caller import Caller
from dinh.kernel.node import Node

Count = Callable[[Node, Caller], Awaitable[int]]


class Item(msgspec.Struct, frozen=True):
    """`count` says how many wait there for a person who is signed in: one cheap statement, asked once a page.
    `duties`: shown to whoever has one of them; to everyone, when there is none.
    """

    path: str
    text: str
    count: Count | None = None
    duties: tuple[str, ...] = ()


class Menu(msgspec.Struct, frozen=True):
    """`brand` chooses the name in the header: `portal`, `desk` or `registers`."""

    brand: str
    items: list[Item]
    officers: list[Item]
    footer: list[Item]

    def shown_to(self, who: Caller) -> list[Item]:
        return [item for item in (self.officers if who.post else self.items) if not item.duties or any(map(who.has, item.duties))]
