"""Heads travel to the witness and to counterparties; a history that was rewritten, cut or restored in silence is found by them."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from dinh.app.backup import back_up, bring_back
from dinh.app.nodes import LocalWire, open_nodes
from dinh.app.operator import health
from dinh.app.supervisor import Supervisor
from dinh.exchange import Channel, Links, Wire, doubts_of
from dinh.exchange.heads import Countersignature, Shown, receive, showing, signatures, store
from dinh.exchange.heads.service import WHILE
from dinh.exchange.links import Receiver
from dinh.kernel import events, ids
from dinh.kernel.caller import PUBLIC
from dinh.kernel.errors import BadSignature, Refused
from dinh.kernel.events.heads import heads_file
from dinh.kernel.node import Node
from tests.exchange.spines import WHO, happen, newest, show_round
from tests.exchange.test_links import linked
from tests.flows.registry import last_events, question
from tests.world import MEMORY, World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTRADICTED, DISPUTED, REOPENED = "exchange:head:contradicted", "exchange:head:disputed", "exchange:head:reopened"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own() -> AsyncIterator[World]:
    """Its nodes' histories are harmed here: nobody else stands on them."""
    async with create() as made:
        yield made


async def _held(at: Node, of: Node) -> list[tuple[int, int]]:
    async with at.pool.acquire() as connection:
        rows = await connection.fetch("SELECT epoch, size FROM exchange.seen_head WHERE node = $1 ORDER BY epoch, size", of.code)
    return [(row["epoch"], row["size"]) for row in rows]


async def _doubts(node: Node) -> tuple[list[str], list[str]]:
    async with node.read(WHO) as tx:
        found = await doubts_of(tx)
    return found.contradicted, found.disputed


async def _unwitnessed(node: Node) -> list[str]:
    async with node.read(WHO) as tx:
        return (await doubts_of(tx)).unwitnessed


async def _gaps(node: Node) -> list[str]:
    async with node.pool.acquire() as connection:
        return [row["part"] for row in await connection.fetch("SELECT part FROM exchange.gap WHERE closed_at IS NULL AND part = 'witness'")]


@asynccontextmanager
async def _owner(world: World, node: Node) -> AsyncIterator[asyncpg.Connection]:
    connection = await world.supervisor.databases.owner(world.supervisor.databases.name(node.code))
    try:
        yield connection
    finally:
        await connection.close()


class _Wire:
    """To the nodes given, with a hand on what travels."""

    def __init__(self, nodes: dict[str, Node], *, lose_answers: bool = False) -> None:
        self._inner, self._lose = LocalWire(nodes), lose_answers

    async def open(self, node: str, receiver: Receiver) -> Channel:
        return await self._inner.open(node, _Deaf(receiver) if self._lose else receiver)


class _Deaf:
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def take(self, frame: bytes) -> None:
        self._receiver.lost()

    def lost(self) -> None:
        self._receiver.lost()


@asynccontextmanager
async def _through(node: Node, wire: _Wire) -> AsyncIterator[None]:
    before = node.part(Wire), node.part(Links)
    node.plug(Wire, Wire(wire))
    node.plug(Links, Links(node))
    yield
    node.plug(Wire, before[0])
    node.plug(Links, before[1])


async def test_the_witness_and_the_counterparty_of_the_minute_hold_the_newest_head_and_countersigned_it(own: World) -> None:
    registers, portal, desk = own.registers, own.portal, own.desk
    await question(own)
    for node in (portal, registers, desk):
        await show_round(node)
    for node in (registers, desk):
        assert (await _held(portal, node))[-1] == await newest(node), "the portal's node is the registry's, so the witness"
    assert (await _held(registers, portal))[-1] == await newest(portal), "the witness shows its own to whom it exchanged with"
    assert await _unwitnessed(registers) == await _unwitnessed(portal) == []
    assert await _held(desk, portal) == await _held(desk, registers) == [], "nothing was exchanged with the desk"
    async with registers.pool.acquire() as connection:
        kept = msgspec.msgpack.decode(
            await connection.fetchval("SELECT countersignature FROM exchange.witness WHERE node = 'portal'"), type=Countersignature
        )
    await portal.part(events.HeadSigner).verify(kept.algorithm, kept.signed_bytes(), kept.signature)
    assert (kept.witness, kept.node, (kept.epoch, kept.size)) == ("portal", "registers", await newest(registers))


async def test_idle_nodes_say_nothing_to_each_other(own: World) -> None:
    nodes = list(own.nodes.values())
    for _ in range(3):
        for node in nodes:
            await show_round(node)
    before = [await newest(node) for node in nodes]
    for _ in range(3):
        for node in nodes:
            await show_round(node)
    assert [await newest(node) for node in nodes] == before


async def test_heads_travel_by_tls_as_exchanges_do(own: World) -> None:
    await happen(own.registers, "by tls")
    async with linked(own):
        await show_round(own.registers)
    assert (await _held(own.portal, own.registers))[-1] == await newest(own.registers)
    assert await _gaps(own.registers) == []


async def test_a_lost_answer_a_long_silence_and_a_forgetful_receiver_come_right(own: World) -> None:
    registers, portal = own.registers, own.portal
    await happen(registers, "lost")
    async with _through(registers, _Wire(own.nodes, lose_answers=True)):
        await show_round(registers)
    assert (await _held(portal, registers))[-1] == await newest(registers), "it arrived, and the sender does not know"
    assert await _gaps(registers) == ["witness"]
    for at in range(5):
        await happen(registers, f"silent-{at}", 3)
    await show_round(registers)
    assert (await _held(portal, registers))[-1] == await newest(registers)
    assert await _gaps(registers) == []
    async with _owner(own, portal) as connection:
        await connection.execute(
            "DELETE FROM exchange.seen_head WHERE node = 'registers' AND size > (SELECT min(size) FROM exchange.seen_head WHERE node = 'registers')"
        )
    await happen(registers, "after")
    await show_round(registers)
    assert (await _held(portal, registers))[-1] == await newest(registers), "the receiver was restored from an older backup"
    assert await _doubts(portal) == ([], [])


async def test_while_the_witness_is_down_exchanges_go_on_and_the_gap_is_on_record(own: World) -> None:
    registers = own.registers
    async with _through(registers, _Wire({})):
        assert await question(own)
        await show_round(registers)
        await show_round(registers)
    assert await _gaps(registers) == ["witness"]
    assert [one["part"] for one in await last_events(registers, "exchange:gap:opened")].count("witness") <= 2
    await show_round(registers)
    assert await _gaps(registers) == []


async def _letter(node: Node) -> Shown:
    async with node.read(WHO) as tx:
        shown = await showing._statement(tx, 0)
    assert shown
    return msgspec.structs.replace(shown, certificate=await signatures.own_certificate(node))


async def _post(at: Node, shown: Shown) -> str:
    answer = msgspec.msgpack.decode(await receive(at, msgspec.msgpack.encode(shown)))
    return str(answer.get("reason", answer["type"]))


async def test_a_head_that_its_node_has_not_signed_or_that_is_nobodys_is_refused(own: World) -> None:
    await show_round(own.registers)
    shown = await _letter(own.registers)
    other = (await _letter(own.desk)).certificate
    before = await _held(own.portal, own.registers)
    for change in (
        {"size": shown.head.size + 1},
        {"root": b"\0" * 32},
        {"epoch": 7},
        {"node": "haiphong"},
        {"node": "nobody"},
        {"node": "portal"},
        {"algorithm": "none"},
    ):
        with pytest.raises((BadSignature, Refused)):
            await _post(own.portal, msgspec.structs.replace(shown, head=msgspec.structs.replace(shown.head, **change)))  # type: ignore[arg-type]
    for certificate in (other, b"", shown.certificate[:-1]):
        with pytest.raises(BadSignature):
            await _post(own.portal, msgspec.structs.replace(shown, certificate=certificate))
    assert await _held(own.portal, own.registers) == before
    assert await _doubts(own.portal) == ([], [])


async def _rewrite(world: World, node: Node) -> None:
    """As whoever owns the machine: another event, everything sealed anew, the published heads thrown away."""
    async with _owner(world, node) as connection:
        await connection.execute("UPDATE kernel.event SET actor = 'someone' WHERE id = (SELECT event FROM kernel.seal ORDER BY position LIMIT 1)")
        await connection.execute("TRUNCATE kernel.seal, kernel.head, kernel.subtree; UPDATE kernel.sealer SET watermark = '0'")
        await connection.execute("UPDATE kernel.event SET transaction = '0'")
    heads_file(node).unlink()
    while await events.seal(node):
        pass


async def test_a_node_that_lies_all_day_does_not_fill_the_disk_of_who_keeps_the_proof(own: World) -> None:
    head = (await _letter(own.registers)).head
    with pytest.raises(ZeroDivisionError):
        async with own.portal.write(WHO) as tx:
            heads = [msgspec.structs.replace(head, node="liar", size=at) for at in range(store.MOST_PROOFS + 10)]
            kept = [await store.keep_contradiction(tx, ids.new_id(), one, one, "root", b"x", WHILE) for one in heads]
            assert kept == [True] * store.MOST_PROOFS + [False] * 10
            raise ZeroDivisionError


async def test_a_history_that_was_rewritten_as_a_whole_is_found_by_the_witness_and_by_a_counterparty(own: World) -> None:
    registers, portal, desk = own.registers, own.portal, own.desk
    await question(own)
    await show_round(registers)
    await show_round(portal)
    held, size = await _held(portal, registers), (await newest(registers))[1]
    await _rewrite(own, registers)
    assert await events.verify(registers) >= size, "the node itself finds nothing any more"
    await happen(registers, "goes on")
    await show_round(registers)
    assert await _held(portal, registers) == held, "what is held is never overwritten"
    assert await _doubts(portal) == (["registers"], [])
    assert (await last_events(portal, CONTRADICTED))[0] | {"size": 0, "held": 0} == {
        "node": "registers",
        "reason": "inconsistent",
        "number": 1,
        "size": 0,
        "held": 0,
    }
    assert await _doubts(registers) == ([], ["portal"])
    assert (await last_events(registers, DISPUTED))[0]["node"] == "portal"
    assert await _gaps(registers) == ["witness"]
    await happen(registers, "and on")
    await show_round(registers)
    assert len(await last_events(portal, CONTRADICTED)) == 1, "once for each head that was contradicted"
    # The portal's own heads go to the registers' node as to any counterparty: there they are found in the same way.
    held = await _held(registers, portal)
    await _rewrite(own, portal)
    await happen(portal, "goes on")
    await question(own)
    await show_round(portal)
    assert await _held(registers, portal) == held
    assert (await _doubts(registers))[0] == ["portal"]
    assert await _held(desk, registers) == []


async def test_the_operator_is_told(own: World) -> None:
    page = (await own.visitor(own.portal).get("/metrics")).text
    assert 'dinh_exchange_contradictions{node="portal"} 1.0' in page
    needs = {need.key for need in (await health(own.portal, PUBLIC)).needs}
    assert "app.need_contradiction" in needs
    assert "app.need_dispute" in {need.key for need in (await health(own.registers, PUBLIC)).needs}


async def test_one_history_for_the_witness_and_another_for_the_rest_is_found(own: World) -> None:
    """The registers' node is rewritten since: what it shows now is not what the portal, the witness, has countersigned."""
    registers, desk = own.registers, own.desk
    shown = await _letter(registers)
    async with registers.read(WHO) as tx:
        word = await store.countersigned(tx, "portal")
    assert word
    split = msgspec.structs.replace(shown, witnessed=word, from_witnessed=shown.path)
    assert await _post(desk, split) == "split"
    assert (await _held(desk, registers), (await _doubts(desk))[0]) == ([], ["registers"])
    for change in ({"size": word.size - 1}, {"root": b"\0" * 32}, {"witness": "haiphong"}, {"epoch": 2}, {"node": "haiphong"}, {"signature": b""}):
        with pytest.raises(BadSignature):
            await _post(desk, msgspec.structs.replace(split, witnessed=msgspec.structs.replace(word, **change)))  # type: ignore[arg-type]
    # Without any word of the witness it is taken, and the operator is told.
    assert await _post(desk, shown) == "witnessed"
    assert await _unwitnessed(desk) == ["registers"]


@asynccontextmanager
async def _restored(world: World, source: Path) -> AsyncIterator[tuple[World, Supervisor, dict[str, Node]]]:
    home = Path(tempfile.mkdtemp(prefix="dinh-restore-", dir=MEMORY))
    home.chmod(0o755)
    settings = msgspec.structs.replace(world.settings, home=home)
    await bring_back(settings, source)
    supervisor = Supervisor(settings, lambda _: None)
    try:
        supervisor.start_storage()
        await supervisor.wait_signer()
        async with open_nodes(settings) as nodes:
            yield world, supervisor, nodes
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(supervisor.databases.server.data.parent, ignore_errors=True)  # type: ignore[union-attr]


async def test_a_restore_opens_an_epoch_that_others_accept_and_count_and_a_silent_one_is_found(own: World, tmp_path: Path) -> None:
    desk, portal = own.desk, own.portal
    await happen(desk, "before", 5)
    await show_round(desk)
    await back_up(own.settings, tmp_path / "backups")
    saved = await newest(desk)
    await happen(desk, "lost", 7)
    await show_round(desk)
    shown = await newest(desk)
    assert (await _held(portal, desk))[-1] == shown
    async with _restored(own, tmp_path / "backups") as (_, supervisor, nodes):
        again = nodes[desk.code]
        async with _through(again, _Wire({**nodes, "portal": portal})):
            await _silent(own, supervisor, again, shown)
            await _spoken(own, supervisor, again, saved, shown)


async def _silent(world: World, supervisor: Supervisor, again: Node, shown: tuple[int, int]) -> None:
    """The epoch that the restore opened is undone: the node goes on as if nothing had happened."""
    connection = await supervisor.databases.owner(supervisor.databases.name(again.code))
    try:
        opened = await connection.fetchval("SELECT epoch FROM kernel.sealer")
        assert opened > shown[0] + 1
        await connection.execute("UPDATE kernel.sealer SET epoch = $1", shown[0])
        await happen(again, "silent")
        await show_round(again)
        assert (await newest(again))[1] < shown[1]
        assert (await _held(world.portal, again))[-1] == shown
        assert again.code in (await _doubts(world.portal))[0]
        assert (await last_events(world.portal, CONTRADICTED))[0]["reason"] == "shrunk"
        # As if it had not been done: back to what the restore made.
        await connection.execute(
            "DELETE FROM kernel.seal WHERE position > (SELECT min(size) FROM (SELECT size FROM kernel.head ORDER BY size DESC LIMIT 2) h)"
        )
        await connection.execute("DELETE FROM kernel.head WHERE size = (SELECT max(size) FROM kernel.head)")
        await connection.execute("UPDATE kernel.sealer SET epoch = $1, watermark = '0'", opened)
    finally:
        await connection.close()


async def _spoken(world: World, supervisor: Supervisor, again: Node, saved: tuple[int, int], shown: tuple[int, int]) -> None:
    await happen(again, "restored")
    await show_round(again)
    epoch, size = await newest(again)
    assert epoch > shown[0]
    assert (await _held(world.portal, again))[-2:] == [shown, (epoch, size)], "both are kept"
    told = (await last_events(world.portal, REOPENED))[0]
    assert told == {"node": again.code, "number": epoch, "size": told["size"], "lost": shown[1] - int(str(told["size"]))}
    assert saved[1] <= int(str(told["size"])) < shown[1]
    assert again.code not in (await _doubts(world.portal))[0], "the new epoch explains the silent restore before it"
    assert (await last_events(world.portal, "exchange:head:settled"))[0] | {"held": 0} == {
        "node": again.code,
        "settled": "epoch",
        "number": shown[0],
        "held": 0,
    }
    await happen(again, "goes on")
    await show_round(again)
    assert (await _held(world.portal, again))[-1] == await newest(again)
    assert len(await last_events(world.portal, REOPENED)) == 1
