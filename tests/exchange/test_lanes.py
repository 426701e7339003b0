"""Whoever is slow keeps only its own messages waiting: systems that hang, members that hang, and deliverers that are killed while they do."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
import pytest_asyncio

from dinh.exchange import Handlers, Lanes, Question, deliver, hand_over, hurry, tell
from dinh.exchange.delivery.store import QUEUE
from dinh.exchange.queues import WIDTH
from dinh.exchange.queues.service import MOST
from dinh.exchange.queues.store import lease
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import WriteTx
from tests.exchange.backend import WHO
from tests.exchange.mailbox import ROOT, TELL, TELLER, Mailbox, client_of, settled, state
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
NEWS = f"{ROOT}/tell/G01/mailbox/news"
# Long enough for what answers at once, on any machine; what is held never answers by itself.
PATIENCE = 5.0
SERVICE, HANGS, ANSWERS = "cases.application", "H24.101", "H24.102"


@contextmanager
def held(box: Mailbox, address: str = "/in") -> Iterator[asyncio.Event]:
    let = box.held[address] = asyncio.Event()
    try:
        yield let
    finally:
        let.set()
        del box.held[address]


async def tell_all(world: World, *names: str) -> None:
    """`slow` goes where it may be held, `fast` elsewhere; all of one word are of one case."""
    async with client_of(world.portal, TELLER) as http:
        for name in names:
            word = name.partition("-")[0]
            answer = await http.post(
                TELL if word == "slow" else NEWS, content=name.encode(), headers={"X-Road-Id": name, "X-Road-Issue": f"H24-{word}"}
            )
            assert answer.status_code == 202, answer.text
    await rounds(world, until=len(names))


async def rounds(world: World, until: int) -> None:
    """Deliver so many to the registers' node: one of each case a round."""
    arrived = 0
    while arrived < until:
        arrived += await deliver(world.portal)


async def state_of(world: World, name: str) -> str:
    async with client_of(world.portal, TELLER) as http:
        return str((await state(http, name))["state"])


def bodies(box: Mailbox) -> list[str]:
    return [call["body"].decode() for call in box.calls]


async def test_a_system_that_hangs_keeps_nobody_else_waiting(world: World, box: Mailbox) -> None:
    with held(box) as let:
        await tell_all(world, "slow-1", "slow-2", "fast-1", "fast-2")
        taken = [await hand_over(world.registers, PATIENCE) for _ in range(3)]
        assert (taken, bodies(box)[2:]) == ([1, 1, 0], ["fast-2"])
        assert sorted(bodies(box)[:2]) == ["fast-1", "slow-1"]
        await tell_all(world, "fast-3")
        async with world.registers.write(WHO) as tx:
            await hurry(tx)
        assert await hand_over(world.registers, PATIENCE) == 1
        assert bodies(box)[3:] == ["fast-3"], "what told of the same case waits behind it, and it is not called a second time"
        await deliver(world.portal)
        await deliver(world.registers)
        assert [await state_of(world, name) for name in ("slow-1", "slow-2", "fast-1", "fast-3")] == [
            "delivered",
            "delivered",
            "processed",
            "processed",
        ]
        let.set()
        await settled(world)
    assert [one for one in bodies(box) if one.startswith("slow")] == ["slow-1", "slow-2"]
    assert (len(box.calls), len(box.done)) == (5, 5)
    assert await state_of(world, "slow-2") == "processed"


async def test_a_system_that_hangs_has_a_lanes_width_of_messages_at_most(world: World, box: Mailbox) -> None:
    names = [f"slow{number}-1" for number in range(WIDTH + 2)]
    async with client_of(world.portal, TELLER) as http:
        for name in names:
            await http.post(TELL, content=name.encode(), headers={"X-Road-Id": name})
    await rounds(world, until=len(names))
    with held(box) as let:
        await hand_over(world.registers, PATIENCE)
        assert await hand_over(world.registers, PATIENCE) == 0
        assert (len(box.calls), len(box.done)) == (WIDTH, 0)
        let.set()
        await settled(world)
    assert (len(box.calls), len(box.done)) == (len(names), len(names))


async def test_a_deliverer_that_ends_meanwhile_gives_its_messages_back(world: World, box: Mailbox) -> None:
    with held(box):
        await tell_all(world, "slow-end", "fast-end")
        assert await hand_over(world.registers, PATIENCE) == 1
        await world.registers.part(Lanes).close()
    await settled(world)
    assert sorted(bodies(box)) == ["fast-end", "slow-end", "slow-end"]
    assert sorted(box.done.values()) == [b"fast-end", b"slow-end"], "by its key the system knows it"
    assert await state_of(world, "slow-end") == "processed"


async def test_a_worker_killed_while_a_system_hangs_doubles_nothing(world: World, box: Mailbox) -> None:
    with held(box):
        await tell_all(world, "slow-kill", "fast-kill")
        environment = {**os.environ, "DINH_HOME": str(world.settings.home), "DINH_PORT": str(world.settings.port), "DINH_LOG_LEVEL": "critical"}
        worker = subprocess.Popen([sys.executable, "-m", "dinh.app.worker"], env=environment)
        try:
            async with asyncio.timeout(120):
                while len(box.calls) < 2 or not await _processed(world, "fast-kill"):
                    await asyncio.sleep(0.2)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    assert not await _processed(world, "slow-kill")
    await settled(world)
    assert [await state_of(world, name) for name in ("slow-kill", "fast-kill")] == ["processed", "processed"]
    assert sorted(bodies(box)) == ["fast-kill", "slow-kill", "slow-kill"]
    assert len(box.done) == 2
    async with world.registers.read(WHO) as tx:
        words = "SELECT count(*) FROM kernel.event WHERE type = 'exchange:message:handed_over' AND subject = $1"
        key = await tx.value("SELECT message FROM exchange.handover WHERE message_id = 'slow-kill'")
        assert await tx.value(words, str(key)) == 1


async def _processed(world: World, name: str) -> bool:
    async with world.registers.read(WHO) as tx:
        return bool(await tx.value("SELECT processed_at IS NOT NULL FROM exchange.handover WHERE message_id = $1", name))


class Rooms:
    """Of two members on one node, of whom one hangs."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.got: list[tuple[str, str]] = []

    async def take(self, _: WriteTx, __: Caller, question: Question) -> None:
        if question.provider == HANGS:
            await self.let.wait()
        self.got.append((question.provider, question.body["what"]))


@pytest_asyncio.fixture(loop_scope="session")
async def rooms(world: World) -> AsyncIterator[Rooms]:
    made, handlers = Rooms(), world.desk.part(Handlers)
    before, handlers[SERVICE] = handlers[SERVICE], made.take
    yield made
    made.let.set()
    handlers[SERVICE] = before


async def test_a_member_that_hangs_keeps_no_other_member_waiting(world: World, box: Mailbox, rooms: Rooms) -> None:
    assert box.calls == []
    async with world.portal.write(WHO) as tx:
        for member, what in ((HANGS, "a"), (HANGS, "b"), (ANSWERS, "c"), (ANSWERS, "d")):
            question = Question(service=SERVICE, client="G22", provider=member, purpose="settle", case=f"{member}-1", body={"what": what})
            await tell(tx, WHO, question)
    assert [await deliver(world.portal, PATIENCE) for _ in range(3)] == [1, 1, 0]
    assert rooms.got == [(ANSWERS, "c"), (ANSWERS, "d")]
    rooms.let.set()
    await settled(world)
    assert rooms.got[2:] == [(HANGS, "a"), (HANGS, "b")]


class Undone(Exception):
    """Nothing of it stays."""


async def test_many_that_come_at_once_are_leased_before_the_database_has_counted_them(world: World) -> None:
    with suppress(Undone):
        async with world.portal.write(WHO) as tx:
            for _ in range(8):
                await lease(tx, QUEUE, tx.now + timedelta(minutes=1), [], WIDTH, MOST)
            await tx.run(
                """INSERT INTO exchange.outbox (id, message_id, service, sender, receiver, purpose, case_code, assurance, key, body, told_at, next_try_at)
                   SELECT gen_random_uuid(), 'many-' || i, 's', 'G22', 'X' || i / 4 % 50, 'p', CASE WHEN i % 2 = 0 THEN 'c' || i / 4 END, 0, gen_random_uuid(), 'x',
                     $1::timestamptz - interval '1 year' + make_interval(secs => i), $1 FROM generate_series(1, 20000) i""",
                tx.now,
            )
            await tx.run("SET LOCAL statement_timeout = '20s'")
            rows = await lease(tx, QUEUE, tx.now + timedelta(minutes=1), ["X1"], WIDTH, MOST)
            lanes = Counter(row["lane"] for row in rows)
            assert (len(rows), max(lanes.values()) <= WIDTH, lanes["X1"]) == (MOST, True, 0)
            cases = [row["case_code"] for row in rows if row["case_code"]]
            assert len(set(cases)) == len(cases)
            names = {row["message_id"] for row in rows}
            assert {"many-2", "many-3", "many-8", "many-9"} <= names
            assert "many-10" not in names, "behind many-8"
            raise Undone
