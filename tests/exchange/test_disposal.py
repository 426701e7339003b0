"""Told messages, handovers and entries of the citizen's log go when their time is over; what an order keeps stays, and what was proved stays proved."""

import shutil
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from dinh.app import retention
from dinh.app.operations import change_hold
from dinh.app.signatures import trusted_roots
from dinh.exchange.accesslog import Access, Embargo, commit, lines_of, open_embargoes, store
from dinh.exchange.delivery import message_of
from dinh.exchange.proofs import verify_access
from dinh.kernel import clock, events, ids
from dinh.kernel.node import Node
from dinh.kernel.settings import ROOT
from tests.exchange.spines import WHO
from tests.exchange.test_access_log import exported
from tests.exchange.test_heads import _owner
from tests.flows import births
from tests.flows.registry import last_events
from tests.world import World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 86_400
KINDS = {"message", "handover", "access"}
CLASSES = "classes:\n" + "".join(
    f'  - {{code: {kind}-class, kind: {kind}, title: {{vi: x, en: x}}, days: "30", basis: x, ref: unverified}}\n' for kind in sorted(KINDS)
)
ORDER = Embargo(authority="G01", order="31/QD-2026", reason="inquiry", days=45)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    content = tmp_path_factory.mktemp("countries")
    shutil.copytree(ROOT / "countries" / "vn", content / "vn")
    (content / "vn" / "retention.yaml").write_text(CLASSES, encoding="utf-8")
    async with create(content=content) as made:
        yield made
    clock.shift(0)


async def rows(node: Node, sql: str, *values: object) -> list[Any]:
    """As the platform sees them: pages see less."""
    async with node.read(WHO) as tx:
        return await tx.all(sql, *values)


async def _later(world: World, days: int) -> None:
    clock.shift(days * DAY)
    await world.go_on()


async def _run(node: Node) -> tuple[dict[str, int], set[str]]:
    """What was disposed of by kind, and why the rest is held."""
    report = await retention.run(node, apply=True)
    assert report.proof
    assert report.proof.holds
    assert report.proof.events_verified > 0
    return {one.kind: one.disposed for one in report.classes}, {held.reason for one in report.classes for held in one.holds}


async def _outbox(node: Node) -> list[tuple[UUID, str | None, bool]]:
    """Id, case, and whether it still says whom it was about."""
    found = await rows(
        node, "SELECT id, case_code, person IS NOT NULL OR body IS NOT NULL AS refers FROM exchange.outbox WHERE processed_at IS NOT NULL ORDER BY id"
    )
    return [(row["id"], row["case_code"], row["refers"]) for row in found]


async def _cases_in_log(node: Node) -> Counter[str | None]:
    return Counter(row["case_code"] for row in await rows(node, "SELECT case_code FROM exchange.access"))


async def test_what_is_over_goes_and_what_an_order_keeps_stays_with_all_that_refers_to_it(own: World) -> None:
    mother = await own.sign_in(own.account("mother"))
    gone, kept = [await births.register_birth(own, mother, f"Trần Khuê {name}") for name in ("Qua", "Giữ")]
    await own.settle()
    await change_hold(own.settings, kept, "12/2026/QĐ-TA")
    entries = (await exported(mother))["entries"]
    entry = next(one for one in entries if one["provable"] and one["node"] == "registers")
    proof = (await mother.get(f"/my-data/proof/{entry['node']}/{entry['id']}")).content
    told, logged = await _outbox(own.desk), await _cases_in_log(own.desk)
    assert {case for _, case, _ in told} >= {gone, kept}
    assert logged[gone]
    assert logged[kept]
    assert await _run(own.desk) == (dict.fromkeys(KINDS, 0), set()), "nothing is over yet"

    await _later(own, 32)
    disposed, reasons = await _run(own.desk)
    assert disposed["message"] > 0
    assert disposed["access"] > 0
    after = await _outbox(own.desk)
    assert [one for one, _, _ in after] == [one for one, _, _ in told], "that it was told stays, and so does its name"
    assert {case for _, case, _ in after} == {kept, None}
    assert all(case == kept or not refers for _, case, refers in after)
    assert await _cases_in_log(own.desk) == Counter({kept: logged[kept]})
    assert (await _run(own.desk))[1] == {"exchange.held_case"}, "all that is left is held"
    assert reasons <= {"exchange.held_case"}
    for kind, subject in (("message", "messages"), ("access", "entries")):
        said = await last_events(own.desk, f"exchange:{kind}:disposed")
        assert sum(int(str(one[subject])) for one in said) > 0
    await change_hold(own.settings, kept, None)
    await _later(own, 32)
    assert (await _run(own.desk))[0]["message"] > 0
    assert {case for _, case, _ in await _outbox(own.desk)} == {None}
    assert await _cases_in_log(own.desk) == Counter()
    assert (await _run(own.desk)) == (dict.fromkeys(KINDS, 0), set())
    await _proved_stays_proved(own, entry, proof)


async def _proved_stays_proved(world: World, entry: dict[str, object], proof: bytes) -> None:
    """The node keeps the commitment and nothing that says what was committed; a proof that was taken away holds by itself."""
    await _run(world.registers)
    assert await rows(world.registers, "SELECT 1 FROM exchange.access WHERE id = $1", UUID(str(entry["id"]))) == []
    report = await verify_access(proof, trusted_roots(world.settings))
    assert (report.verdict, report.entries[0]["id"]) == ("verified", entry["id"])
    mother = await world.sign_in(world.account("mother"))
    assert entry["id"] not in {one["id"] for one in (await exported(mother))["entries"]}
    assert (await mother.get(f"/my-data/proof/registers/{entry['id']}")).status_code == 404
    async with world.registers.read(WHO) as tx:
        left = await events.read_history(tx, str(entry["id"]))
    assert [one.type for one in left] == ["exchange:access:committed"]
    assert (await world.person(world.account("mother"))).encode() not in b"".join(one.payload for one in left)


async def test_a_message_that_is_told_again_after_that_is_known_and_one_that_nobody_decided_on_stays_whole(own: World) -> None:
    found = await rows(
        own.desk, "SELECT sender, sender_subsystem, message_id FROM exchange.outbox WHERE message_id IS NOT NULL AND case_code IS NULL LIMIT 1"
    )
    async with own.desk.read(WHO) as tx:
        message = await message_of(tx, found[0]["sender"], found[0]["sender_subsystem"], found[0]["message_id"])
    assert message
    assert (message.state, message.case) == ("processed", None)
    dead, waits = ids.new_id(), ids.new_id()
    async with _owner(own, own.desk) as connection:
        for one, state in ((dead, "dead_at"), (waits, "told_at")):
            await connection.execute(
                "INSERT INTO exchange.outbox (id, service, sender, receiver, purpose, case_code, person, assurance, key, body, told_at, next_try_at) "
                "SELECT $1, service, sender, receiver, purpose, 'H24-1', 'somebody', 0, $1, 'x', told_at, 'infinity' FROM exchange.outbox LIMIT 1",
                one,
            )
            await connection.execute(f"UPDATE exchange.outbox SET {state} = told_at WHERE id = $1", one)
    assert (await _run(own.desk))[0]["message"] == 0
    left = await rows(own.desk, "SELECT case_code FROM exchange.outbox WHERE id = ANY ($1)", [dead, waits])
    assert [row["case_code"] for row in left] == ["H24-1", "H24-1"]


async def test_handovers_that_ended_forget_their_case_and_those_that_wait_do_not(own: World) -> None:
    ended, waits = ids.new_id(), ids.new_id()
    async with _owner(own, own.registers) as connection:
        for one, at in ((ended, "now() - interval '1 day'"), (waits, "NULL")):
            await connection.execute(
                f"INSERT INTO exchange.handover (message, message_id, service, sender, receiver, purpose, case_code, sent_at, key, content, arrived_at, next_try_at,"
                f" processed_at) VALUES ($1, 'm', 's', 'G22', 'G01', 'p', 'H24-1', now(), $1, 'x', now(), now(), {at})",
                one,
            )
    await _later(own, 34)
    disposed, _ = await _run(own.registers)
    assert disposed["handover"] == 1
    left = {
        row["message"]: row
        for row in await rows(own.registers, "SELECT message, case_code, content, message_id, processed_at FROM exchange.handover")
    }
    assert (left[ended]["case_code"], left[ended]["content"], left[ended]["message_id"]) == (None, None, "m")
    assert left[ended]["processed_at"], "told again, it gets the same answer"
    assert (left[waits]["case_code"], left[waits]["content"]) == ("H24-1", b"x")
    assert (await last_events(own.registers, "exchange:handover:disposed"))[0]["messages"] == 1


async def test_the_time_of_an_entry_that_was_shown_later_by_order_counts_from_then(own: World) -> None:
    await _later(own, 60)
    registers = own.registers
    async with registers.write(WHO) as tx:
        accesses = [Access(who=WHO, person="p-withheld", agency="G22", purpose="trial", legal_basis="x", what="x", embargo=ORDER)]
        lines = lines_of(tx, accesses)
        await open_embargoes(tx, accesses)
        await store.insert_all(tx, lines)
        await commit(tx, lines)
    for days, reason in ((95, {"exchange.held_embargo"}), (110, {"exchange.held_embargo"}), (138, set())):
        await _later(own, days)
        disposed, reasons = await _run(registers)
        assert reasons & {"exchange.held_embargo"} == reason, days
        assert bool(await rows(registers, "SELECT 1 FROM exchange.access WHERE person = 'p-withheld'")) is bool(reason)
    assert disposed["access"] >= 1


async def test_only_the_platform_disposes(own: World) -> None:
    """A page's own transaction, whoever is signed in, deletes nothing from anyone's log."""
    async with own.registers.write(WHO) as tx:
        lines = lines_of(tx, [Access(who=WHO, person="p-stays", agency="G22", purpose="trial", legal_basis="x", what="x")])
        await store.insert_all(tx, lines)
    official = await own.sign_in(own.account("mother"), own.portal)
    assert (await official.get("/my-data")).status_code == 200
    async with own.registers.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('dinh.person', 'p-stays', true)")
        assert await connection.execute("DELETE FROM exchange.access WHERE person = 'p-stays'") == "DELETE 0"
