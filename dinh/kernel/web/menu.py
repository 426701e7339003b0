"""What stands in the header and footer of a node's pages; app fills it from the rooms that the node has."""

import msgspec


class Item(msgspec.Struct, frozen=True):
    path: str
    text: str


class Menu(msgspec.Struct, frozen=True):
    """`brand` chooses the name in the header: `portal`, `desk` or `registers`."""

    brand: str
    items: list[Item]
    officers: list[Item]
    footer: list[Item]
