"""What a later head proves need not be held for ever; a history that was rewritten is found all the same."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, date

import msgspec
import pytest
import pytest_asyncio

from dinh.app import retention
from dinh.exchange import contradictions_of, settle_contradiction
from dinh.exchange.heads import store
from dinh.exchange.heads.service import WHILE
from dinh.kernel import clock, events, ids
from dinh.kernel.node import Node
from dinh.kernel.settings import ROOT
from tests.exchange.spines import WHO, happen, newest, show_round
from tests.exchange.test_heads import _owner, _rewrite
from tests.flows.registry import last_events
from tests.world import World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 86_400
CLASSES = 'classes: [{code: heads, kind: head, title: {vi: Đầu, en: Heads}, days: "30", basis: "x", ref: unverified}]'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    content = tmp_path_factory.mktemp("countries")
    shutil.copytree(ROOT / "countries" / "vn", content / "vn")
    (content / "vn" / "retention.yaml").write_text(CLASSES, encoding="utf-8")
    async with create(content=content) as made:
        yield made
    clock.shift(0)


async def _held(world: World, of: Node) -> list[tuple[date, int]]:
    async with world.portal.pool.acquire() as connection:
        rows = await connection.fetch("SELECT seen_at, size FROM exchange.seen_head WHERE node = $1 ORDER BY size", of.code)
    return [(row["seen_at"].astimezone(UTC).date(), row["size"]) for row in rows]


async def _day(world: World, day: int, heads: int = 0) -> None:
    """Noon of a day, so that what is shown is all of that day: so many heads, beside those that the nodes' own traffic makes."""
    clock.shift(0)
    clock.shift((12 - clock.now().hour) % 24 * 3_600 + day * DAY)
    await world.go_on()
    for at in range(heads):
        await happen(world.registers, f"day-{day}-{at}")
        await show_round(world.registers)


async def _run(world: World) -> tuple[int, int]:
    report = await retention.run(world.portal, apply=True)
    assert report.proof
    assert report.proof.holds
    return report.due, report.disposed


async def test_the_last_head_of_each_day_and_the_first_of_the_epoch_stay_and_so_does_what_a_contradiction_is_about(own: World) -> None:
    for day in range(3):
        await _day(own, day, 5)
    before = await _held(own, own.registers)
    days = sorted({day for day, _ in before})
    disputed = [one for one in before if one[0] == days[1]][1]
    async with own.portal.write(WHO) as tx:
        (row,) = await tx.all(f"SELECT {store.HEAD} FROM exchange.seen_head WHERE node = 'registers' AND size = $1", disputed[1])
        head = events.SignedHead(**dict(row))
        other = msgspec.structs.replace(head, root=b"\1" * 32)
        contradiction = ids.new_id()
        assert await store.keep_contradiction(tx, contradiction, head, other, "root", b"x", WHILE)
    assert await _run(own) == (0, 0), "nothing is over yet"
    await _day(own, 40)
    await _run(own)
    assert [one for one in await _held(own, own.registers) if one in before] == before, "a contradiction is open: all of it stays"
    async with own.portal.write(WHO) as tx:
        await settle_contradiction(tx, WHO, contradiction, "thử nghiệm")
    due, disposed = await _run(own)
    assert due == disposed > 0
    after_run = [one for one in await _held(own, own.registers) if one in before]
    lasts = {max(one for one in before if one[0] == day) for day in days}
    assert set(after_run) == lasts | {before[0], disputed}
    assert len(after_run) < len(before)
    told = await last_events(own.portal, "exchange:head:thinned")
    assert len(told) >= len(days)
    assert await _run(own) == (0, 0), "once is enough"


async def test_the_application_takes_away_nothing_that_is_still_needed(own: World) -> None:
    before = await _held(own, own.registers)
    async with own.portal.write(WHO) as tx:
        await tx.run("DELETE FROM exchange.seen_head WHERE seen_at < $1", tx.now)
        assert await tx.value("SELECT count(*) FROM exchange.seen_head WHERE node = 'registers'") >= len({day for day, _ in before})
        rows = await tx.all("SELECT max(size) AS size FROM exchange.seen_head WHERE node = 'registers'")
        assert rows[0]["size"] == max(size for _, size in before)


async def test_a_history_that_was_rewritten_below_what_was_thinned_is_found(own: World) -> None:
    await show_round(own.registers)
    held = await _held(own, own.registers)
    await _rewrite(own, own.registers)
    await happen(own.registers, "goes on")
    await show_round(own.registers)
    assert (await last_events(own.portal, "exchange:head:contradicted"))[0]["reason"] == "inconsistent"
    assert await _held(own, own.registers) == held
    async with own.portal.read(WHO) as tx:
        (open_one,) = [one for one in await contradictions_of(tx) if not one.settled]
    assert open_one.held_size == held[-1][1]


async def test_a_restore_into_a_day_that_was_thinned_is_no_leave_to_rewrite_the_days_before(own: World) -> None:
    """The rewritten history says that it was restored with no more events than the first thinned day had."""
    registers, held = own.registers, await _held(own, own.registers)
    thinned = held[1][1] + 1
    async with _owner(own, registers) as connection:
        await connection.execute(
            "DELETE FROM kernel.event e WHERE NOT EXISTS (SELECT 1 FROM kernel.seal s WHERE s.event = e.id AND s.position <= $1)", thinned
        )
        await connection.execute("TRUNCATE kernel.seal, kernel.head, kernel.subtree; UPDATE kernel.sealer SET watermark = '0'")
        await connection.execute("UPDATE kernel.event SET transaction = '0'")
        while await events.seal(registers):
            pass
        assert await newest(registers) == (1, thinned)
        await events.open_epoch(connection)
    await happen(registers, "restored")
    await show_round(registers)
    assert (await newest(registers))[0] > 1
    assert await _held(own, registers) == held
    async with own.portal.read(WHO) as tx:
        found = [one for one in await contradictions_of(tx) if not one.settled]
    assert {one.held_size for one in found} >= {held[1][1]}, "against the longest head that the restore left to it"
