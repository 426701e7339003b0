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
    assert await events.read_history(tx, "late")  # written now, so that its transaction has its number before the others
    await asyncio.gather(*[_write(world, f"post-{at}") for at in range(20)])
    await _seal(world)
    assert await events.verify(world.registers) == before
    await late.__aexit__(None, None, None)
    await asyncio.gather(_seal(world), _seal(world), _seal(world))
    assert await events.verify(world.registers) == before + 21


@pytest.mark.parametrize(
    ("harm", "mend", "words"),
    [
        (
            "UPDATE kernel.event SET actor = 'someone' WHERE id = $1",
            "UPDATE kernel.event SET actor = NULL WHERE id = $1",
            "changed after it was sealed",
        ),
        ("UPDATE kernel.event SET id = gen_random_uuid() WHERE id = $1", None, "no longer there"),
    ],
)
async def test_a_changed_or_removed_event_is_found(world: World, harm: str, mend: str | None, words: str) -> None:
    await _write(world, "victim")
    await _seal(world)
    connection = await _owner(world)
    try:
        victim = await connection.fetchval("SELECT id FROM kernel.event WHERE subject = 'victim' ORDER BY recorded_at DESC LIMIT 1")
        # Whatever else still writes holds the horizon back for a moment.
        while not await connection.fetchval("SELECT 1 FROM kernel.seal WHERE event = $1", victim):
            await _seal(world)
        async with connection.transaction():
            await connection.execute(harm, victim)
        with pytest.raises(BadSignature, match=words):
            await events.verify(world.registers)
        sql = mend or "UPDATE kernel.event SET id = $1 WHERE subject = 'victim' AND NOT EXISTS (SELECT 1 FROM kernel.seal s WHERE s.event = id)"
        await connection.execute(sql, victim)
        await events.verify(world.registers)
    finally:
        await connection.close()


CUT = (
    "DELETE FROM kernel.head WHERE size = (SELECT max(size) FROM kernel.head)",
    "DELETE FROM kernel.seal WHERE position > (SELECT max(size) FROM kernel.head)",
)


async def test_a_spine_that_was_cut_off_is_found_by_the_heads_outside_also_after_it_grew_again(world: World) -> None:
    """As the owner of the database, who can do anything in it; mended afterwards, since the other tests go on with this spine."""
    await _write(world, "last")
    await _seal(world)
    connection, published = await _owner(world), heads_file(world.registers).read_bytes()
    try:
        await connection.execute("CREATE TABLE saved_seal AS SELECT * FROM kernel.seal; CREATE TABLE saved_head AS SELECT * FROM kernel.head")
        await connection.execute("CREATE TABLE saved_event AS SELECT * FROM kernel.event WHERE subject = 'last'")
        for sql in (*CUT, "DELETE FROM kernel.event WHERE subject = 'last'"):
            await connection.execute(sql)
        with pytest.raises(BadSignature, match="cut off"):
            await events.verify(world.registers)
        await _write(world, "instead")
        await _seal(world)
        with pytest.raises(BadSignature, match="do not hash to its root"):
            await events.verify(world.registers)
    finally:
        await connection.execute("TRUNCATE kernel.seal, kernel.head; DELETE FROM kernel.event WHERE subject = 'instead'")
        for table in ("seal", "head", "event"):
            await connection.execute(f"INSERT INTO kernel.{table} SELECT * FROM saved_{table}; DROP TABLE saved_{table}")
        await connection.close()
        heads_file(world.registers).write_bytes(published)
    await events.verify(world.registers)


async def test_an_event_put_in_past_the_sealer_is_found(world: World) -> None:
    await _write(world, "model")
    await _seal(world)
    connection = await _owner(world)
    try:
        await connection.execute(
            """INSERT INTO kernel.event SELECT gen_random_uuid(), node, type, version, occurred_at, recorded_at, local_date, actor, post, on_behalf_of,
                 subject, case_code, legal_basis, trace, payload, '1' FROM kernel.event WHERE subject = 'model' LIMIT 1"""
        )
        with pytest.raises(BadSignature, match="past its sealer"):
            await events.verify(world.registers)
    finally:
        await connection.execute("DELETE FROM kernel.event e WHERE subject = 'model' AND transaction = '1'")
        await connection.close()


async def test_a_torn_line_of_a_published_head_is_survived(world: World) -> None:
    with heads_file(world.registers).open("ab") as stream:
        stream.write(b'{"node":"registers","epo')
    await _write(world, "after the tear")
    await _seal(world)
    await events.republish(world.registers)
    await events.verify(world.registers)


async def test_nothing_is_lost_while_many_write_and_the_sealer_runs(world: World) -> None:
    await _seal(world)
    before, stop = await events.verify(world.registers), asyncio.Event()

    async def sealing() -> None:
        while not stop.is_set():
            await events.seal(world.registers)
            await asyncio.sleep(0)

    sealer = asyncio.create_task(sealing())
    await asyncio.gather(*[_many(world, at) for at in range(4)])
    stop.set()
    await sealer
    await _seal(world)
    assert await events.verify(world.registers) == before + 4 * 60


async def _many(world: World, writer: int) -> None:
    for at in range(60):
        await _write(world, f"writer-{writer}-{at}")


async def test_the_application_can_neither_change_nor_remove_events_nor_define_tables(world: World) -> None:
    async with world.registers.pool.acquire() as connection:
        for sql in (
            "UPDATE kernel.event SET actor = 'x'",
            "DELETE FROM kernel.event",
            "UPDATE kernel.seal SET leaf = ''",
            "CREATE TABLE kernel.x (a int)",
        ):
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


async def test_the_operator_sees_how_many_events_wait_for_their_seal(world: World) -> None:
    await _seal(world)
    await _write(world, "waits")
    page = (await world.visitor(world.registers).get("/metrics")).text
    assert 'dinh_events_unsealed{node="registers"} 1.0' in page
    await _seal(world)
    assert 'dinh_events_unsealed{node="registers"} 0.0' in (await world.visitor(world.registers).get("/metrics")).text
