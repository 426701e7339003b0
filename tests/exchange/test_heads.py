"""Heads travel to the witness and to counterparties; a history that was rewritten, cut or restored in silence is found by them."""

import asyncio
import base64
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from cryptography import x509

from dinh.app.backup import back_up, bring_back
from dinh.app.heads import save
from dinh.app.nodes import LocalWire, open_nodes
from dinh.app.operator import health
from dinh.app.signatures import trusted_roots
from dinh.app.supervisor import Supervisor
from dinh.exchange import Channel, Links, Wire, doubts_of, prove_head, show_heads, verify_head
from dinh.exchange.heads import Countersignature, Shown, receive, showing, signatures, store
from dinh.exchange.links import Receiver
from dinh.kernel import events
from dinh.kernel.caller import PUBLIC, system
from dinh.kernel.errors import BadSignature, Refused
from dinh.kernel.events.heads import heads_file
from dinh.kernel.node import Node
from dinh.offices import Appointed
from dinh.trust import pem
from tests.flows.registry import last_events, question
from tests.world import MEMORY, World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHO = system("test")
CONTRADICTED, DISPUTED, REOPENED = "exchange:head:contradicted", "exchange:head:disputed", "exchange:head:reopened"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own() -> AsyncIterator[World]:
    """Its nodes' histories are harmed here: nobody else stands on them."""
    async with create() as made:
        yield made


async def _happen(node: Node, post: str = "post", times: int = 1) -> None:
    for at in range(times):
        async with node.write(WHO) as tx:
            day = tx.node.country.local_date(tx.now)
            await events.append(tx, WHO, f"{post}-{at}", Appointed(post=post, unit="u", person="p", since=day))
    while await events.seal(node):
        pass


async def _round(node: Node) -> None:
    while await events.seal(node):
        pass
    await show_heads(node)


async def _held(at: Node, of: Node) -> list[tuple[int, int]]:
    async with at.pool.acquire() as connection:
        rows = await connection.fetch("SELECT epoch, size FROM exchange.seen_head WHERE node = $1 ORDER BY epoch, size", of.code)
    return [(row["epoch"], row["size"]) for row in rows]


async def _newest(node: Node) -> tuple[int, int]:
    async with node.read(WHO) as tx:
        head = await events.newest_head(tx)
    assert head
    return head.epoch, head.size


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
        await _round(node)
    for node in (registers, desk):
        assert (await _held(portal, node))[-1] == await _newest(node), "the portal's node is the registry's, so the witness"
    assert (await _held(registers, portal))[-1] == await _newest(portal), "the witness shows its own to whom it exchanged with"
    assert await _unwitnessed(registers) == await _unwitnessed(portal) == []
    assert await _held(desk, portal) == await _held(desk, registers) == [], "nothing was exchanged with the desk"
    async with registers.pool.acquire() as connection:
        kept = msgspec.msgpack.decode(
            await connection.fetchval("SELECT countersignature FROM exchange.witness WHERE node = 'portal'"), type=Countersignature
        )
    await portal.part(events.HeadSigner).verify(kept.algorithm, kept.signed_bytes(), kept.signature)
    assert (kept.witness, kept.node, (kept.epoch, kept.size)) == ("portal", "registers", await _newest(registers))


async def test_idle_nodes_say_nothing_to_each_other(own: World) -> None:
    nodes = list(own.nodes.values())
    for _ in range(3):
        for node in nodes:
            await _round(node)
    before = [await _newest(node) for node in nodes]
    for _ in range(3):
        for node in nodes:
            await _round(node)
    assert [await _newest(node) for node in nodes] == before


async def test_a_lost_answer_a_long_silence_and_a_forgetful_receiver_come_right(own: World) -> None:
    registers, portal = own.registers, own.portal
    await _happen(registers, "lost")
    async with _through(registers, _Wire(own.nodes, lose_answers=True)):
        await _round(registers)
    assert (await _held(portal, registers))[-1] == await _newest(registers), "it arrived, and the sender does not know"
    assert await _gaps(registers) == ["witness"]
    for at in range(5):
        await _happen(registers, f"silent-{at}", 3)
    await _round(registers)
    assert (await _held(portal, registers))[-1] == await _newest(registers)
    assert await _gaps(registers) == []
    async with _owner(own, portal) as connection:
        await connection.execute(
            "DELETE FROM exchange.seen_head WHERE node = 'registers' AND size > (SELECT min(size) FROM exchange.seen_head WHERE node = 'registers')"
        )
    await _happen(registers, "after")
    await _round(registers)
    assert (await _held(portal, registers))[-1] == await _newest(registers), "the receiver was restored from an older backup"
    assert await _doubts(portal) == ([], [])


async def test_while_the_witness_is_down_exchanges_go_on_and_the_gap_is_on_record(own: World) -> None:
    registers = own.registers
    async with _through(registers, _Wire({})):
        assert await question(own)
        await _round(registers)
        await _round(registers)
    assert await _gaps(registers) == ["witness"]
    assert [one["part"] for one in await last_events(registers, "exchange:gap:opened")].count("witness") <= 2
    await _round(registers)
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
    await _round(own.registers)
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


async def _saved(world: World, subject: str) -> tuple[bytes, list[x509.Certificate]]:
    await _happen(world.registers, subject)
    await _round(world.registers)
    async with world.registers.read(WHO) as tx:
        event = (await events.read_history(tx, f"{subject}-0"))[-1].id
    return await prove_head(world.registers, event), trusted_roots(world.settings)


async def test_a_saved_head_with_its_event_is_judged_without_a_node_and_no_flipped_bit_is_missed(own: World) -> None:
    file, roots = await _saved(own, "proved")
    found = await verify_head(file, roots)
    assert (found.node, (found.epoch, found.size)) == ("registers", await _newest(own.registers))
    assert found.event
    assert (found.event.subject, found.covered, found.witness) == ("proved-0", True, "portal")
    assert (await verify_head(await prove_head(own.registers), roots)).event is None
    chance = random.Random(11)
    for _ in range(2_000):
        bit = chance.randrange(len(file) * 8)
        with pytest.raises(BadSignature):
            await verify_head(file[: bit // 8] + bytes([file[bit // 8] ^ 1 << bit % 8]) + file[bit // 8 + 1 :], roots)


async def test_a_saved_head_is_refused_with_parts_of_another_and_under_another_authority(own: World) -> None:
    first, roots = await _saved(own, "first")
    second, _ = await _saved(own, "second")
    one, other = json.loads(first), json.loads(second)
    for part in one:
        # Both heads' node has one certificate.
        if one[part] != other[part]:
            with pytest.raises(BadSignature):
                await verify_head(msgspec.json.format(msgspec.json.encode(one | {part: other[part]})) + b"\n", roots)
        with pytest.raises(BadSignature):
            await verify_head(msgspec.json.format(msgspec.json.encode({key: value for key, value in one.items() if key != part})) + b"\n", roots)
    with pytest.raises(BadSignature):
        await verify_head(first, [])
    with pytest.raises(BadSignature):
        await verify_head(first, [x509.load_der_x509_certificate(base64.b64decode(one["certificate"]))])


async def test_the_commands_save_a_head_and_judge_it(own: World, tmp_path: Path) -> None:
    file, roots = await _saved(own, "commanded")
    path, authority = tmp_path / "head.json", tmp_path / "roots.pem"
    path.write_bytes(file)
    authority.write_text("".join(pem(one) for one in roots))
    command = [sys.executable, "-m", "dinh", "verify", "head", str(path), "--root", str(authority), "--json"]
    done = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "verified")
    path.write_bytes(file.replace(b'"epoch"', b'"epoc"'))
    done = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (1, "refused")
    assert (await save(own.settings, "registers", None)) == await prove_head(own.registers)


async def _rewrite(world: World, node: Node) -> None:
    """As whoever owns the machine: another event, everything sealed anew, the published heads thrown away."""
    async with _owner(world, node) as connection:
        await connection.execute("UPDATE kernel.event SET actor = 'someone' WHERE id = (SELECT event FROM kernel.seal ORDER BY position LIMIT 1)")
        await connection.execute("TRUNCATE kernel.seal, kernel.head, kernel.subtree; UPDATE kernel.sealer SET watermark = '0'")
        await connection.execute("UPDATE kernel.event SET transaction = '0'")
    heads_file(node).unlink()
    while await events.seal(node):
        pass


async def test_a_history_that_was_rewritten_as_a_whole_is_found_by_the_witness_and_by_a_counterparty(own: World) -> None:
    registers, portal, desk = own.registers, own.portal, own.desk
    await question(own)
    await _round(registers)
    await _round(portal)
    held, size = await _held(portal, registers), (await _newest(registers))[1]
    await _rewrite(own, registers)
    assert await events.verify(registers) >= size, "the node itself finds nothing any more"
    await _happen(registers, "goes on")
    await _round(registers)
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
    await _happen(registers, "and on")
    await _round(registers)
    assert len(await last_events(portal, CONTRADICTED)) == 1, "once for each head that was contradicted"
    # The portal's own heads go to the registers' node as to any counterparty: there they are found in the same way.
    held = await _held(registers, portal)
    await _rewrite(own, portal)
    await _happen(portal, "goes on")
    await question(own)
    await _round(portal)
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
    await _happen(desk, "before", 5)
    await _round(desk)
    await back_up(own.settings, tmp_path / "backups")
    saved = await _newest(desk)
    await _happen(desk, "lost", 7)
    await _round(desk)
    shown = await _newest(desk)
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
        await _happen(again, "silent")
        await _round(again)
        assert (await _newest(again))[1] < shown[1]
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
    await _happen(again, "restored")
    await _round(again)
    epoch, size = await _newest(again)
    assert epoch > shown[0]
    assert (await _held(world.portal, again))[-2:] == [shown, (epoch, size)], "both are kept"
    told = (await last_events(world.portal, REOPENED))[0]
    assert told == {"node": again.code, "number": epoch, "size": told["size"], "lost": shown[1] - int(str(told["size"]))}
    assert saved[1] <= int(str(told["size"])) < shown[1]
    await _happen(again, "goes on")
    await _round(again)
    assert (await _held(world.portal, again))[-1] == await _newest(again)
    assert len(await last_events(world.portal, REOPENED)) == 1
