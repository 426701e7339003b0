"""Every kept signature gets a timestamp; without the authority traffic goes on, and what waited is stamped later."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dinh.exchange import stamp_evidence
from dinh.exchange.stamps import rules
from dinh.exchange.stamps.contracts import Standing, Waiting
from dinh.kernel import clock
from dinh.kernel.node import Node
from dinh.trust import SIGNATURES, hash_chain, verify_chain
from dinh.trust.hashtree import TIMESTAMP_CHAIN
from tests.flows.registry import HOUR, last_events, offline, online, question, reachable
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def online_world(world: World) -> AsyncIterator[World]:
    async with reachable(world):
        for node in world.nodes.values():
            await stamp_evidence(node)
        yield world


async def _count(node: Node, table: str) -> int:
    async with node.pool.acquire() as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM exchange.{table}"))


async def _gaps(node: Node) -> list[str]:
    async with node.pool.acquire() as connection:
        return [
            row["part"] for row in await connection.fetch("SELECT part FROM exchange.gap WHERE closed_at IS NULL AND part <> 'witness' ORDER BY part")
        ]


async def test_all_that_waits_is_stamped_under_one_token_on_both_sides(online_world: World) -> None:
    world = online_world
    await asyncio.gather(*(question(world) for _ in range(20)))
    for node in (world.portal, world.registers):
        waiting, stamps = await _count(node, "unstamped"), await _count(node, "stamp")
        assert waiting >= 2
        assert await stamp_evidence(node) == 0
        assert (await _count(node, "unstamped"), await _count(node, "stamp")) == (0, stamps + 1)
        assert await _count(node, "stamped") == await _count(node, "batch")
        assert await stamp_evidence(node) == 0
        assert await _count(node, "stamp") == stamps + 1, "nothing waits, so nobody is asked"


async def test_the_token_leads_to_the_xml_of_each_batch(online_world: World) -> None:
    import msgspec

    from dinh.trust import BatchSignature

    world = online_world
    await asyncio.gather(*(question(world) for _ in range(5)))
    await stamp_evidence(world.registers)
    async with world.registers.pool.acquire() as connection:
        stamp = await connection.fetchrow("SELECT * FROM exchange.stamp ORDER BY kept_at DESC LIMIT 1")
        found = await connection.fetch(
            "SELECT b.*, s.place, n.certificate, n.response, n.fingerprint, n.until, n.id AS standing FROM exchange.stamped s JOIN exchange.batch b ON b.id = s.batch"
            " JOIN exchange.standing n ON n.id = s.standing WHERE s.stamp = $1",
            stamp["id"],
        )
    leaves = [stamp["leaves"][at : at + 64] for at in range(0, len(stamp["leaves"]), 64)]
    assert sorted(row["place"] for row in found) == list(range(len(leaves)))
    from hashlib import sha512

    for row in found:
        signature = msgspec.msgpack.decode(row["signature"], type=BatchSignature)
        standing = Standing(row["standing"], row["fingerprint"], row["certificate"], row["response"], row["until"])
        xml = rules.xml_of(row["root"], Waiting(row["id"], row["made_at"], row["root"], signature), standing)
        chain = hash_chain(leaves, row["place"], sha512(xml).digest(), names=SIGNATURES)
        verify_chain(chain, rules.stamped_bytes(leaves), {SIGNATURES[0]: xml}, TIMESTAMP_CHAIN, ours=True)


async def test_traffic_goes_on_for_hours_without_the_authority_and_is_stamped_when_it_is_back(online_world: World) -> None:
    world = online_world
    offline(world)
    for hours in range(5):
        clock.shift(hours * HOUR)
        assert await question(world)
        assert await stamp_evidence(world.registers) == 0
    # What the responder said is used for an hour, so that the authority was missed first.
    assert await _gaps(world.registers) == ["ocsp", "tsa"]
    opened = [str(one["part"]) for one in await last_events(world.registers, "exchange:gap:opened", 100)]
    assert {"ocsp", "tsa"} <= set(opened)
    waiting = await _count(world.registers, "unstamped")
    assert waiting >= 10
    online(world)
    assert await stamp_evidence(world.registers) == 0
    assert (await _count(world.registers, "unstamped"), await _gaps(world.registers)) == (0, [])


async def test_a_stamp_of_anybody_else_is_not_taken(online_world: World) -> None:
    """The configuration names whose timestamps count; an authority that it does not name is a gap."""
    import msgspec

    from dinh.exchange import Held

    world = online_world
    await question(world)
    held = world.registers.part(Held).membership
    assert held is not None
    configuration = held.configuration
    held.configuration = msgspec.structs.replace(configuration, timestampers=[])
    try:
        assert await stamp_evidence(world.registers) == 0
        assert await _gaps(world.registers) == ["tsa"]
    finally:
        held.configuration = configuration
    assert await _count(world.registers, "unstamped") >= 2
    await stamp_evidence(world.registers)
    assert (await _count(world.registers, "unstamped"), await _gaps(world.registers)) == (0, [])
