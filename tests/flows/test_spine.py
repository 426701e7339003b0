"""The spine: sealed after commit, and whatever is changed, removed or cut off is found."""

import asyncio

import asyncpg
import pytest

from dinh.kernel import events
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature
from dinh.kernel.events.heads import heads_file
from dinh.offices import Appointed
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _owner(world: World) -> asyncpg.Connection:
    return await world.supervisor.databases.owner(world.supervisor.databases.name("registers"))


async def _write(world: World, post: str) -> None:
    async with world.registers.write(system("test")) as tx:
        day = tx.node.country.local_date(tx.now)
        await events.append(tx, system("test"), post, Appointed(post=post, unit="u", person="p", since=day))


async def _seal(world: World) -> None:
    while await events.seal(world.registers):
        pass


async def test_every_event_is_sealed_once_and_late_commits_are_not_missed(world: World) -> None:
    await _seal(world)
    before = await events.verify(world.registers)
    late = world.registers.write(system("test"))
    tx = await late.__aenter__()
    day = tx.node.country.local_date(tx.now)
    await events.append(tx, system("test"), "late", Appointed(post="late", unit="u", person="p", since=day))
    await asyncio.gather(*[_write(world, f"post-{at}") for at in range(20)])
    await _seal(world)
    assert await events.verify(world.registers) == before
    await late.__aexit__(None, None, None)
    await asyncio.gather(_seal(world), _seal(world), _seal(world))
    assert await events.verify(world.registers) == before + 21


@pytest.mark.parametrize(
    ("harm", "mend", "words"),
    [
        ("UPDATE kernel.event SET actor = 'someone' WHERE id = $1", "UPDATE kernel.event SET actor = NULL WHERE id = $1", "changed after it was sealed"),
        ("UPDATE kernel.event SET id = gen_random_uuid() WHERE id = $1", None, "no longer there"),
    ],
)
async def test_a_changed_or_removed_event_is_found(world: World, harm: str, mend: str | None, words: str) -> None:
    await _write(world, "victim")
    await _seal(world)
    connection = await _owner(world)
    try:
        victim = await connection.fetchval("SELECT id FROM kernel.event WHERE subject = 'victim' ORDER BY recorded_at DESC LIMIT 1")
        async with connection.transaction():
            await connection.execute(harm, victim)
        with pytest.raises(BadSignature, match=words):
            await events.verify(world.registers)
        sql = mend or "UPDATE kernel.event SET id = $1 WHERE subject = 'victim' AND NOT EXISTS (SELECT 1 FROM kernel.seal s WHERE s.event = id)"
        await connection.execute(sql, victim)
        await events.verify(world.registers)
    finally:
        await connection.close()


async def test_a_spine_that_was_cut_off_is_found_by_the_heads_outside(world: World) -> None:
    await _write(world, "last")
    await _seal(world)
    connection = await _owner(world)
    try:
        cut = connection.transaction()
        await cut.start()
        await connection.execute("DELETE FROM kernel.head WHERE size = (SELECT max(size) FROM kernel.head)")
        await connection.execute("DELETE FROM kernel.seal WHERE position > (SELECT max(size) FROM kernel.head)")
        kept = await connection.fetch("SELECT * FROM kernel.seal ORDER BY position DESC LIMIT 3")
        await cut.rollback()
        assert kept
        sizes = [line for line in heads_file(world.registers).read_bytes().splitlines() if line]
        await connection.execute("CREATE TABLE saved_seal AS SELECT * FROM kernel.seal; CREATE TABLE saved_head AS SELECT * FROM kernel.head")
        await connection.execute("DELETE FROM kernel.head WHERE size = (SELECT max(size) FROM kernel.head)")
        await connection.execute("DELETE FROM kernel.seal WHERE position > (SELECT max(size) FROM kernel.head)")
        with pytest.raises(BadSignature, match="cut off"):
            await events.verify(world.registers)
        await connection.execute("TRUNCATE kernel.seal, kernel.head; INSERT INTO kernel.seal SELECT * FROM saved_seal; INSERT INTO kernel.head SELECT * FROM saved_head")
        await connection.execute("DROP TABLE saved_seal; DROP TABLE saved_head")
        assert sizes
        await events.verify(world.registers)
    finally:
        await connection.close()


async def test_the_application_can_neither_change_nor_remove_events_nor_define_tables(world: World) -> None:
    async with world.registers.pool.acquire() as connection:
        for sql in ("UPDATE kernel.event SET actor = 'x'", "DELETE FROM kernel.event", "UPDATE kernel.seal SET leaf = ''", "CREATE TABLE kernel.x (a int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)


async def test_a_read_transaction_cannot_write(world: World) -> None:
    async with world.registers.read(system("test")) as tx:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await tx.connection.execute("INSERT INTO kernel.reader (name, position) VALUES ('x', 0)")


async def test_events_hold_no_names_or_numbers(world: World) -> None:
    """Everything the journeys of this process wrote, searched for the people who took them."""
    secrets = [account.name for account in world.accounts] + [account.username for account in world.accounts]
    for node in world.nodes.values():
        async with node.pool.acquire() as connection:
            rows = await connection.fetch("SELECT convert_from(payload, 'UTF8') AS text, subject, coalesce(actor, '') AS actor FROM kernel.event")
        for row in rows:
            assert not any(secret in f"{row['text']} {row['subject']} {row['actor']}" for secret in secrets)
