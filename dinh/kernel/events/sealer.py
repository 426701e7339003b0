"""One sealer per node numbers committed events and signs the head of their tree.

Writers never wait for it. It reads only below the oldest running transaction, so a late commit is never skipped.
"""

import msgspec

from dinh.kernel import merkle
from dinh.kernel.caller import system
from dinh.kernel.events import heads, proofs, store
from dinh.kernel.events.contracts import EpochOpened, Opening, Recorded
from dinh.kernel.events.service import append
from dinh.kernel.node import Node
from dinh.kernel.transactions import WriteTx

BATCH = 5_000


async def seal(node: Node) -> int:
    """Seal what has been committed. Returns how many events; call it at least once a second."""
    async with node.write(system("sealer")) as tx:
        state = await store.lock_sealer(tx)
        if not state.opened:
            await _open(tx, state.epoch)
        events = await store.unsealed(tx, state.horizon, BATCH)
        if not events:
            await store.move_watermark(tx, None, state.horizon)
            await proofs.keep_subtrees(tx, state.size)
            return 0
        head = await _seal_batch(tx, state, events)
        await proofs.keep_subtrees(tx, head.size)
    # After the commit: a head that was published but not kept would accuse an honest database of losing events.
    heads.publish(node, head)
    return len(events)


async def _open(tx: WriteTx, epoch: int) -> None:
    """Once after a restore, before anything is sealed in the new epoch: what the others are told of it."""
    size, root = await store.before_epoch(tx, epoch) or (0, merkle.EMPTY)
    published = heads.published(tx.node)
    longest = max(published, default=0)
    opening = Opening(
        node=tx.node.code, epoch=epoch, size=size, root=root, opened_at=tx.now,
        published_size=longest, published_root=published[longest][-1].root if longest else merkle.EMPTY,
    )  # fmt: skip
    await store.insert_opening(tx, opening)
    await append(tx, tx.who, tx.node.code, EpochOpened(number=epoch, size=size))


async def _seal_batch(tx: WriteTx, state: store.SealerState, events: list[Recorded]) -> store.Head:
    tree = merkle.Frontier(state.size, state.frontier)
    leaves = [heads.leaf_of(event) for event in events]
    tree.append(leaves)
    await store.insert_seals(tx, state.size + 1, [event.id for event in events], leaves)
    await store.move_watermark(tx, events[-1].id, state.horizon)
    head = await _sign(tx, state.epoch, tree)
    await store.insert_head(tx, head)
    return head


async def _sign(tx: WriteTx, epoch: int, tree: merkle.Frontier) -> store.Head:
    head = store.Head(
        node=tx.node.code, epoch=epoch, size=tree.size, root=tree.root(), frontier=tree.pack(), signed_at=tx.now, algorithm="", signature=b"",
    )  # fmt: skip
    algorithm, signature = await tx.node.part(heads.HeadSigner).sign(head.signed_bytes())
    return msgspec.structs.replace(head, algorithm=algorithm, signature=signature)


async def republish(node: Node) -> None:
    """At start: heads that were committed just before a power cut and never reached the copy outside."""
    known = heads.published(node)
    async with node.read(system("sealer")) as tx:
        missing = [head for head in await store.heads(tx) if head.size not in known]
    for head in missing:
        heads.publish(node, head)
