"""One page of a person's documents."""

import msgspec

from dinh.vault.documents import Document


class Shown(msgspec.Struct, frozen=True):
    """`number` counts from 1; there are `pages` of them."""

    documents: list[Document]
    number: int
    pages: int
