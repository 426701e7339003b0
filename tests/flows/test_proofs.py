"""Proofs from a node's spine, also from a long one that no release before has made ready for them."""

import hashlib
import random
import time
from uuid import UUID, uuid4

import pytest

from dinh.kernel import events, merkle
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature, NotFound, Unavailable
from dinh.kernel.events import store
from dinh.kernel.events.proofs import keep_subtrees, roots
from dinh.kernel.transactions import WriteTx
from dinh.offices import Appointed
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHO = system("test")
# More than the second band needs for a root of its own.
LONG = 66_500


class _UndoneError(Exception):
    pass


async def _sealed_event(world: World, post: str) -> UUID:
    async with world.registers.write(WHO) as tx:
        await events.append(tx, WHO, post, Appointed(post=post, unit="u", person="p", since=tx.node.country.local_date(tx.now)))
    while await events.seal(world.registers):
        pass
    async with world.registers.read(WHO) as tx:
        return (await events.read_history(tx, post))[-1].id


async def test_an_event_is_proved_under_the_newest_head_and_under_an_older_one(world: World) -> None:
    event = await _sealed_event(world, "proved")
    async with world.registers.read(WHO) as tx:
        older = await events.prove(tx, event)
    await _sealed_event(world, "one more")
    async with world.registers.read(WHO) as tx:
        newer, again = await events.prove(tx, event), await events.prove(tx, event, older.head.size)
        path = await events.prove_consistency(tx, older.head.size, newer.head.size)
    assert (again, newer.position) == (older, older.position)
    assert newer.head.size > older.head.size
    for proof in (older, newer):
        proof.check()
        await world.registers.part(events.HeadSigner).verify(proof.head.algorithm, proof.head.signed_bytes(), proof.head.signature)
    merkle.check_consistency(older.head.size, older.head.root, newer.head.size, newer.head.root, path)
    found = newer.event()
    assert (found.id, found.subject, found.position, found.read()) == (event, "proved", newer.position, found.read())


async def test_what_no_head_covers_is_not_proved(world: World) -> None:
    async with world.registers.read(WHO) as tx:
        head = await store.head(tx)
    event = await _sealed_event(world, "later")
    assert head is not None
    async with world.registers.read(WHO) as tx:
        for other, size in ((uuid4(), None), (event, head.size), (event, head.size + 10**6)):
            with pytest.raises(NotFound):
                await events.prove(tx, other, size)


async def test_an_event_that_was_changed_after_it_was_sealed_has_no_proof(world: World) -> None:
    event = await _sealed_event(world, "changed")
    connection = await world.supervisor.databases.owner(world.supervisor.databases.name("registers"))
    try:
        await connection.execute("UPDATE kernel.event SET actor = 'someone' WHERE id = $1", event)
        async with world.registers.read(WHO) as tx:
            with pytest.raises(BadSignature, match="does not lead"):
                await events.prove(tx, event)
    finally:
        await connection.execute("UPDATE kernel.event SET actor = NULL WHERE id = $1", event)
        await connection.close()


async def test_a_long_spine_of_a_release_before_is_made_ready_and_proves_quickly(world: World) -> None:
    event = await _sealed_event(world, "early")
    with pytest.raises(_UndoneError):
        async with world.registers.write(WHO) as tx:
            leaves = await _lengthen(tx, LONG)
            roots = {size: _root(leaves[:size]) for size in (256, 65_536, 65_537, LONG - 1, LONG)}
            with pytest.raises(Unavailable):
                await events.prove_consistency(tx, 1, LONG)
            while await store.subtrees(tx, 1) < LONG >> 8:
                await keep_subtrees(tx, LONG)
            assert await store.subtrees(tx, 2) == 1
            for first, root in roots.items():
                path = await events.prove_consistency(tx, first, LONG)
                merkle.check_consistency(first, root, LONG, roots[LONG], path)
            await _check_places(tx, event, leaves, roots[LONG])
            raise _UndoneError


async def _check_places(tx: WriteTx, event: UUID, leaves: list[bytes], root: bytes) -> None:
    proof = await events.prove(tx, event)
    assert proof.head.size == len(leaves)
    began = time.perf_counter()
    for index in random.Random(4).sample(range(len(leaves)), 50):
        path = await roots(tx, merkle.inclusion_spans(index, len(leaves)))
        merkle.check_inclusion(leaves[index], index, len(leaves), path, root)
    assert time.perf_counter() - began < 50 * 0.1, "a tenth of a second is far more than some hundred rows need"


async def _lengthen(tx: WriteTx, size: int) -> list[bytes]:
    """As if so many events had been sealed by a release that kept no subtrees. The whole tree's leaves."""
    own = await store.hashes(tx, 0, [(0, size)])
    leaves = [own[at] for at in range(len(own))] + [hashlib.sha256(at.to_bytes(4)).digest() for at in range(len(own), size)]
    await store.insert_seals(tx, len(own) + 1, [uuid4() for _ in range(len(own), size)], leaves[len(own) :])
    tree = merkle.Frontier()
    tree.append(leaves)
    await store.insert_head(
        tx, store.Head(node=tx.node.code, epoch=1, size=size, root=tree.root(), frontier=tree.pack(), signed_at=tx.now, algorithm="", signature=b"")
    )
    return leaves


def _root(leaves: list[bytes]) -> bytes:
    tree = merkle.Frontier()
    tree.append(leaves)
    return tree.root()
