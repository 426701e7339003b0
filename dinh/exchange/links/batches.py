"""Sign what leaves and verify what arrives, many messages at a time."""

from collections.abc import Iterator, Sequence

from dinh.exchange.links.contracts import FRAME_BYTES, Batch, Item, Signed, SignedBatch
from dinh.exchange.links.plugs import MemberKeys
from dinh.kernel import clock, ids
from dinh.kernel.errors import BadSignature
from dinh.kernel.node import Node
from dinh.trust import leaf
from dinh.trust import root as tree_root


async def sign(node: Node, member: str, items: list[Item]) -> tuple[Batch, list[Signed]]:
    """One signature for all of them."""
    leaves = [leaf(item.message, item.body) for item in items]
    root, at = tree_root(leaves), clock.now()
    signature = await node.part(MemberKeys).sign(member, root, at)
    kept = SignedBatch(id=ids.new_id(), at=at, member=member, leaves=leaves, root=root, signature=signature)
    return Batch(member, signature, items), signed(kept, items)


async def verify(node: Node, batch: Batch) -> SignedBatch:
    """Raises BadSignature unless the member signed these very messages in this order."""
    try:
        leaves = [leaf(item.message, item.body) for item in batch.items]
        root = tree_root(leaves)
    except ValueError as error:
        # None at all, or one in the form of a hash step, which no honest node signs.
        raise BadSignature(str(error)) from error
    await node.part(MemberKeys).verify(batch.member, root, batch.signature)
    return SignedBatch(id=ids.new_id(), at=clock.now(), member=batch.member, leaves=leaves, root=root, signature=batch.signature)


def signed(batch: SignedBatch, items: Sequence[Item]) -> list[Signed]:
    return [Signed(item.message, item.body, batch, index) for index, item in enumerate(items)]


def frames(items: Sequence[tuple[str, Item]]) -> Iterator[dict[str, list[Item]]]:
    """By member, no more than a frame holds."""
    found: dict[str, list[Item]] = {}
    size = 0
    for member, item in items:
        if found and size + item.size > FRAME_BYTES:
            yield found
            found, size = {}, 0
        found.setdefault(member, []).append(item)
        size += item.size
    if found:
        yield found
