"""Proofs from the spine: that an event stands in it, and that a head's tree is the beginning of a later one's.

Of every 256 neighbours the root is kept, of every 256 such roots again: a proof reads some hundred hashes, however long the spine is.
"""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from dinh.kernel import merkle
from dinh.kernel.errors import NotFound, Unavailable
from dinh.kernel.events import heads, store
from dinh.kernel.events.contracts import Inclusion, Opening, SignedHead
from dinh.kernel.transactions import ReadTx, WriteTx

BAND_BITS = 8
MOST = 64
"""Roots of a band that are added in a round."""


async def prove(tx: ReadTx, event: UUID, size: int | None = None) -> Inclusion:
    """Under the newest head, or the one of `size`. Raises NotFound for an event that no such head covers, Unavailable while an older spine
    is made ready for proofs, and BadSignature where events and head do not agree.
    """
    head = await store.head(tx, size)
    found = await store.sealed_event(tx, event)
    if head is None or found is None or found[0] > head.size:
        raise NotFound
    position, recorded = found
    path = await roots(tx, merkle.inclusion_spans(position - 1, head.size))
    proof = Inclusion(position=position, data=heads.data_of(recorded), path=path, head=head.signed())
    proof.check()
    return proof


async def prove_consistency(tx: ReadTx, first: int, second: int) -> list[bytes]:
    """The path from the tree of `first` events to the one of `second`. Raises Unavailable as `prove` does, and for more than is sealed."""
    return await roots(tx, merkle.consistency_spans(first, second))


async def newest_head(tx: ReadTx) -> SignedHead | None:
    head = await store.head(tx)
    return head.signed() if head else None


async def openings(tx: ReadTx, after: int = 0) -> list[Opening]:
    """Of every later epoch, in order. Not signed: whoever shows them signs them."""
    return await store.openings(tx, after)


async def roots(tx: ReadTx, spans: Sequence[merkle.Span]) -> list[bytes]:
    wanted = sorted({piece for span in spans for piece in merkle.pieces(span)})
    known: dict[merkle.Piece, bytes] = {}
    for band, some in groupby(wanted, lambda piece: piece[0] // BAND_BITS):
        known |= await _pieces(tx, band, list(some))
    return [merkle.join([known[piece] for piece in merkle.pieces(span)]) for span in spans]


async def _pieces(tx: ReadTx, band: int, wanted: list[merkle.Piece]) -> dict[merkle.Piece, bytes]:
    spans = [(number << level - band * BAND_BITS, number + 1 << level - band * BAND_BITS) for level, number in wanted]
    hashes = await store.hashes(tx, band, spans)
    if len(hashes) < len({at for start, end in spans for at in range(start, end)}):
        raise Unavailable
    return {piece: merkle.fold([hashes[at] for at in range(*span)]) for piece, span in zip(wanted, spans, strict=True)}


async def keep_subtrees(tx: WriteTx, size: int) -> None:
    """Add what has become complete in a tree of `size`; call it with the sealer's lock. A round adds so much that a spine of a
    release before is caught up with beside its work.
    """
    band, below = 1, size
    while below := below >> BAND_BITS:
        kept = await store.subtrees(tx, band)
        until = min(below, kept + MOST)
        if until <= kept:
            return
        hashes = await store.hashes(tx, band - 1, [(kept << BAND_BITS, until << BAND_BITS)])
        parts = [[hashes[at] for at in range(number << BAND_BITS, number + 1 << BAND_BITS)] for number in range(kept, until)]
        await store.insert_subtrees(tx, band, kept, [merkle.fold(part) for part in parts])
        band, below = band + 1, until
