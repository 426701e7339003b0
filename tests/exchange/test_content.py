"""Content goes before its evidence does."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from dinh.app import retention
from dinh.exchange import Question, Recorder, ask
from dinh.exchange.evidence import Call
from dinh.kernel import ids
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Conflict, Invalid, NotFound
from dinh.kernel.keys import by_id, for_scope
from dinh.kernel.node import Node
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_content_of_a_month_goes_with_its_key_and_the_evidence_stays(world: World) -> None:
    person = await world.person(world.account("mother"))
    question = Question(service="population.person", client="G22", provider="G01", purpose="prefill", body={"ref": person})
    node = world.portal
    await ask(node, Caller(kind="person", person=person, assurance=2), question)
    owner = await world.supervisor.databases.owner(world.supervisor.databases.name(node.code))
    try:
        call = await owner.fetchrow("SELECT id, request_batch FROM exchange.call WHERE side = 'client' ORDER BY request_in DESC LIMIT 1")
        async with node.write(system("test")) as tx:
            key = (await for_scope(tx, "exchange:2025-03")).id
        # As if it had been asked twenty months ago.
        await owner.execute("INSERT INTO exchange.month (id, month) VALUES ($1, '2025-03-01')", key)
        await owner.execute("UPDATE exchange.content SET month = '2025-03-01', key = $2 WHERE call = $1", call["id"], key)
        await retention.run(node, apply=False)
        assert await owner.fetchval("SELECT count(*) FROM exchange.content WHERE key = $1", key) == 1, "a trial run disposes of nothing"
    finally:
        await owner.close()
    report = await retention.run(node, apply=True)
    assert [one.disposed for one in report.classes if one.code == "exchange-content"] == [1]
    async with node.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM exchange.content WHERE key = $1", key) == 0
        assert await connection.fetchval("SELECT length(root) FROM exchange.batch WHERE id = $1", call["request_batch"]) == 64
        assert await connection.fetchval("SELECT length(request_digests) FROM exchange.call WHERE id = $1 AND side = 'client'", call["id"]) == 128
    async with node.read(system("test")) as tx:
        with pytest.raises(NotFound):
            await by_id(tx, key)


class _Seen(Recorder):
    """Keeps, and remembers what."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.calls: list[Call] = []

    async def keep(self, calls: Sequence[Call]) -> None:
        self.calls += calls
        await super().keep(calls)


async def _kept_by_another(node: Node, world: World) -> Call:
    """A call whose evidence this node keeps, and of whose batches its own recorder knows nothing."""
    person, own, seen = await world.person(world.account("mother")), node.part(Recorder), _Seen(node)
    node.plug(Recorder, seen)
    try:
        question = Question(service="population.person", client="G22", provider="G01", purpose="prefill", body={"ref": person})
        await ask(node, Caller(kind="person", person=person, assurance=2), question)
    finally:
        node.plug(Recorder, own)
    return seen.calls[0]


async def test_what_the_database_will_not_hold_costs_nobody_else_their_evidence(world: World) -> None:
    """Rounds are shared: a text that PostgreSQL refuses is its own call's fault."""
    node = world.portal
    recorder, call = node.part(Recorder), await _kept_by_another(node, world)
    calls = [msgspec.structs.replace(call, id=ids.new_id(), purpose=purpose) for purpose in ("one", "t\0wo", "three")]
    kept = await asyncio.gather(*[recorder.keep([one]) for one in calls], return_exceptions=True)
    assert [type(one) for one in kept] == [type(None), Invalid, type(None)]
    async with node.pool.acquire() as connection:
        found = await connection.fetchval("SELECT count(*) FROM exchange.call WHERE id = ANY ($1)", [one.id for one in calls])
    assert found == 2


async def test_a_batch_that_is_there_though_nobody_said_so_is_not_kept_again(world: World) -> None:
    """The database has committed and its word is lost; a message of the same batch is answered later."""
    node = world.portal
    recorder, call = node.part(Recorder), await _kept_by_another(node, world)
    sql = "SELECT record FROM exchange.batch WHERE id = ANY ($1)"
    async with node.pool.acquire() as connection:
        records = await connection.fetch(sql, [call.request.batch.id, call.answer.batch.id])
    await recorder.keep([msgspec.structs.replace(call, id=ids.new_id())])
    with pytest.raises(Conflict):
        await recorder.keep([call])
    async with node.pool.acquire() as connection:
        assert await connection.fetch(sql, [call.request.batch.id, call.answer.batch.id]) == records
