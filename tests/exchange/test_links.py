"""Connections between nodes: over real TLS, with strangers, cuts and forged batches."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dinh.app.wires import joined, tls_folder
from dinh.exchange import Answer, Gateway, Held, Links, Membership, Providers, Question, Respondent, Wire, ask
from dinh.exchange.evidence import Call
from dinh.exchange.links import Batch, Frame, Item, Letter, Letters, Link, batches
from dinh.exchange.links.server import MOST_LETTERS
from dinh.kernel import clock
from dinh.kernel.caller import Caller
from dinh.kernel.errors import BadSignature, NotAllowed, Refused, Unavailable
from dinh.kernel.node import Node
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
PERSON = Caller(kind="person", person="p-links", assurance=2)
SERVICE = "population.person"


@asynccontextmanager
async def linked(world: World, *, listen: bool = True) -> AsyncIterator[int]:
    """The nodes reach each other by TLS. The port."""
    before = {node: (node.part(Wire), node.part(Links)) for node in world.nodes.values()}
    try:
        async with joined(world.settings, world.nodes, listen=listen):
            yield world.settings.links_port
    finally:
        for node, (wire, links) in before.items():
            node.plug(Wire, wire)
            node.plug(Links, links)


@asynccontextmanager
async def answering(node: Node, answer: Answer, pause: float = 0.0) -> AsyncIterator[list[Question]]:
    """The registers answer this, and note what they were asked."""
    seen: list[Question] = []
    providers = node.part(Providers)
    before = providers[SERVICE]

    async def provide(_node: Node, _who: Caller, question: Question) -> Answer:
        seen.append(question)
        await asyncio.sleep(pause)
        return answer

    providers[SERVICE] = provide
    try:
        yield seen
    finally:
        providers[SERVICE] = before


def question(**body: object) -> Question:
    return Question(service=SERVICE, client="G22", provider="G01", purpose="prefill", body=body)


async def test_questions_go_over_tls_many_at_a_time_and_each_gets_its_own_answer(world: World) -> None:
    async def echo(_node: Node, _who: Caller, asked: Question) -> Answer:
        return Answer(body=asked.body)

    providers = world.registers.part(Providers)
    before, providers[SERVICE] = providers[SERVICE], echo
    try:
        async with linked(world):
            answers = await asyncio.gather(*[ask(world.portal, PERSON, question(ref=str(at), text="ộ" * at)) for at in range(300)])
    finally:
        providers[SERVICE] = before
    assert [answer.body["ref"] for answer in answers] == [str(at) for at in range(300)]
    assert {answer.source for answer in answers} == {"G01"}


async def test_a_large_answer_comes_whole(world: World) -> None:
    text = "ký " * 400_000
    async with linked(world), answering(world.registers, Answer(body={"text": text})):
        assert (await ask(world.portal, PERSON, question())).body["text"] == text


async def test_a_stranger_without_a_certificate_is_kept_out(world: World, tmp_path: Path) -> None:
    async with linked(world) as port:
        context = ssl.create_default_context(cafile=tls_folder(world.portal) / "roots.pem")
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(family=socket.AF_INET)) as session:
            with pytest.raises(aiohttp.ClientError):
                await session.ws_connect(f"https://127.0.0.1:{port}/links/registers", ssl=context, server_hostname="registers.localhost")


async def test_whoever_shows_another_certificate_than_the_registered_one_is_not_asked(world: World) -> None:
    """Of the same authority, for the same host: only the fingerprint in the configuration tells it."""
    shown = x509.load_pem_x509_certificate((tls_folder(world.registers) / "tls.pem").read_bytes()).fingerprint(hashes.SHA256()).hex()
    async with linked(world), answering(world.registers, Answer(body={})) as seen:
        for fingerprint, before, taken in ((shown, None, True), ("00" * 32, None, False), ("00" * 32, shown, True), (shown, None, True)):
            async with registered(world, fingerprint, before):
                if taken:
                    await ask(world.portal, PERSON, question())
                else:
                    with pytest.raises(Unavailable):
                        await ask(world.portal, PERSON, question())
        assert len(seen) == 3


@asynccontextmanager
async def registered(world: World, fingerprint: str, follows: str | None) -> AsyncIterator[None]:
    """The portal holds this as the certificate of the registers' listener, and the other as the one that it follows."""
    held = world.portal.part(Held)
    before = held.membership
    assert before
    servers = [
        msgspec.structs.replace(one, tls=fingerprint, tls_before=follows) if one.code == "registers" else one for one in before.configuration.servers
    ]
    held.membership = Membership(msgspec.structs.replace(before.configuration, servers=servers), before.revocations)
    world.portal.plug(Links, Links(world.portal))
    try:
        yield
    finally:
        held.membership = before


async def test_a_connection_that_is_lost_fails_what_is_under_way_once_and_the_next_question_opens_another(world: World) -> None:
    async with linked(world), answering(world.registers, Answer(body={"ok": True}), pause=0.5) as seen:
        link = world.portal.part(Links).to("registers")
        waiting = asyncio.create_task(ask(world.portal, PERSON, question()))
        while not seen:
            await asyncio.sleep(0.01)
        assert link.channel is not None
        await link.channel.close()
        with pytest.raises(Unavailable):
            await waiting
        assert len(seen) == 1, "a question is not sent twice"
        assert (await ask(world.portal, PERSON, question())).body == {"ok": True}


async def test_nobody_there_is_unavailable_and_nothing_waits_for_ever(world: World) -> None:
    async with linked(world, listen=False):
        with pytest.raises(Unavailable):
            await ask(world.portal, PERSON, question())


# Forged and damaged frames, put on the wire by hand


class Wiretap:
    """Keeps the frames that the portal sends and what comes back."""

    def __init__(self, world: World) -> None:
        self.world, self.sent, self.answers = world, [], asyncio.Queue[Frame]()  # type: ignore[var-annotated]
        self.respondent = Respondent(world.registers, Gateway(world.registers), self)

    async def open(self, _node: str, _receiver: object) -> "Wiretap":
        return self

    async def send(self, frame: bytes) -> None:
        """Towards the registers as a channel of the portal; towards the portal as one of the registers."""
        found = msgspec.msgpack.decode(frame, type=Frame)
        if found.batches and found.batches[0].member == "G22":
            self.sent.append(found)
        else:
            self.answers.put_nowait(found)

    async def close(self) -> None:
        return

    async def put(self, frame: Frame) -> Frame:
        await self.respondent.take(msgspec.msgpack.encode(frame))
        return await asyncio.wait_for(self.answers.get(), 10)


async def _caught(world: World, asked: Question) -> tuple[Wiretap, Frame]:
    """A frame that the portal signed, before anyone has taken it."""
    tap = Wiretap(world)
    wire = world.portal.part(Wire)
    world.portal.plug(Wire, Wire(tap))
    try:
        link = Link(world.portal, "registers")
        world.portal.part(Links)["registers"], before = link, world.portal.part(Links).get("registers")
        waiting = asyncio.create_task(ask(world.portal, PERSON, asked))
        while not tap.sent:
            await asyncio.sleep(0.01)
        waiting.cancel()
    finally:
        world.portal.plug(Wire, wire)
        if before:
            world.portal.part(Links)["registers"] = before
        else:
            del world.portal.part(Links)["registers"]
    return tap, tap.sent[0]


def _keys(frame: Frame) -> list[str]:
    return [fault.key for fault in frame.faults]


async def test_a_message_is_answered_once(world: World) -> None:
    async with answering(world.registers, Answer(body={})) as seen:
        tap, frame = await _caught(world, question())
        assert (await tap.put(frame)).batches
        assert _keys(await tap.put(frame)) == ["exchange.replayed"]
        assert len(seen) == 1


async def test_a_message_twice_in_one_frame_is_answered_once(world: World) -> None:
    async with answering(world.registers, Answer(body={})) as seen:
        tap, frame = await _caught(world, question())
        faults, answers = 0, 0
        await tap.respondent.take(msgspec.msgpack.encode(Frame([frame.batches[0], frame.batches[0]])))
        for _ in range(2):
            found = await asyncio.wait_for(tap.answers.get(), 10)
            faults, answers = faults + len(found.faults), answers + len(found.batches)
        assert (faults, answers, len(seen)) == (1, 1, 1)


@pytest.mark.parametrize("where", ["message", "body", "member", "signature", "order"])
async def test_a_changed_batch_is_refused_as_a_whole(world: World, where: str) -> None:
    async with answering(world.registers, Answer(body={})) as seen:
        tap, frame = await _caught(world, question(text="x"))
        batch, item = frame.batches[0], frame.batches[0].items[0]
        changed = {
            "message": lambda: msgspec.structs.replace(batch, items=[Item(item.seq, item.message.replace(b"prefill", b"mandate"), item.body)]),
            "body": lambda: msgspec.structs.replace(batch, items=[Item(item.seq, item.message, b'{"text":"y"}')]),
            "member": lambda: Batch("G24", batch.signature, batch.items),
            "signature": lambda: msgspec.structs.replace(batch, signature=msgspec.structs.replace(batch.signature, value=bytes(64))),
            "order": lambda: msgspec.structs.replace(batch, items=[item, item]),
        }[where]()
        assert set(_keys(await tap.put(Frame([changed])))) == {"exchange.bad_signature"}
        assert seen == []


@pytest.mark.parametrize(
    "items", [[], [Item(1, b"GET\r\n/\r\n", b"\x30\x6f\x30\x6d\x04\x40" + bytes(64) + b"\x0c\x27http://www.w3.org/2001/04/xmlenc#sha512\x30\x00")]]
)
async def test_a_batch_that_has_no_tree_is_refused_and_the_connection_goes_on(world: World, items: list[Item]) -> None:
    async with answering(world.registers, Answer(body={})) as seen:
        tap, frame = await _caught(world, question())
        await tap.respondent.take(msgspec.msgpack.encode(Frame([msgspec.structs.replace(frame.batches[0], items=items)])))
        if items:
            assert _keys(await asyncio.wait_for(tap.answers.get(), 10)) == ["exchange.bad_signature"]
        assert (await tap.put(frame)).batches
        assert len(seen) == 1


async def test_a_member_cannot_speak_for_another(world: World) -> None:
    """G22 signs a message that names another client."""
    tap, frame = await _caught(world, question())
    item = frame.batches[0].items[0]
    forged = Item(item.seq, item.message.replace(b"VN/GOV/G22/dinh", b"VN/GOV/G24/dinh"), item.body)
    batch, _ = await batches.sign(world.portal, "G22", [forged])
    assert _keys(await tap.put(Frame([batch]))) == ["exchange.bad_signature"]


async def test_an_old_message_and_one_for_another_node_are_not_taken(world: World) -> None:
    tap, frame = await _caught(world, question())
    item = frame.batches[0].items[0]
    head, _, rest = item.message.partition(b"Dinh-Sent-At:")
    old = Item(1, head + b"Dinh-Sent-At:2026-01-01T00:00:00.000000+00:00" + rest[rest.index(b"\r\n") :], item.body)
    other = Item(2, item.message.replace(b"/GOV/G01/", b"/GOV/G22/"), item.body)
    batch, _ = await batches.sign(world.portal, "G22", [old, other])
    assert _keys(await tap.put(Frame([batch]))) == ["exchange.not_fresh", "exchange.no_member"]


@pytest.mark.parametrize(("asker", "provider"), [(600, 0), (0, 600)])
async def test_between_clocks_ten_minutes_apart_nothing_is_answered_and_the_reason_is_told(world: World, asker: int, provider: int) -> None:
    async with answering(world.registers, Answer(body={})) as seen:
        try:
            for apart, keys in ((1, ["exchange.not_fresh"]), (10, [])):
                clock.shift(asker // apart)
                tap, frame = await asyncio.wait_for(_caught(world, question()), 10)
                clock.shift(provider // apart)
                assert _keys(await tap.put(frame)) == keys, "a minute is nothing"
        finally:
            clock.shift(0)
        assert len(seen) == 1


async def test_without_a_right_the_refusal_is_signed_and_kept(world: World) -> None:
    tap, frame = await _caught(world, question())
    item = frame.batches[0].items[0]
    batch, _ = await batches.sign(world.portal, "G22", [Item(7, item.message.replace(b"Dinh-Purpose:prefill", b"Dinh-Purpose:curious"), item.body)])
    answer = (await tap.put(Frame([batch]))).batches[0]
    assert (answer.member, answer.items[0].seq) == ("G01", 7)
    assert answer.items[0].message.startswith(b"403\r\nForbidden\r\n")
    async with world.registers.pool.acquire() as connection:
        kept = await connection.fetchval(
            "SELECT count(*) FROM exchange.call WHERE side = 'provider' AND refusal = 'exchange.no_right' AND purpose = 'curious'"
        )
    assert kept == 1


async def test_what_is_no_frame_closes_the_connection(world: World) -> None:
    with pytest.raises(BadSignature):
        await Respondent(world.registers, Gateway(world.registers), Wiretap(world)).take(b"\xc1")


async def test_a_flood_of_letters_waits_outside(world: World) -> None:
    """They need no right, so a connection has a few under way at most; what is too many is refused and the rest answered."""
    under_way, most, go = 0, 0, asyncio.Event()

    async def answer(_node: Node, body: bytes) -> bytes:
        nonlocal under_way, most
        under_way, most = under_way + 1, max(most, under_way + 1)
        await go.wait()
        under_way -= 1
        return body

    letters, tap = world.registers.part(Letters), Wiretap(world)
    letters["trial"] = answer
    try:
        flood = msgspec.msgpack.encode(Frame(letters=[Letter(at, "trial", b"x") for at in range(1_000)]))
        await tap.respondent.take(flood)
        assert len(_keys(await asyncio.wait_for(tap.answers.get(), 10))) == 1_000 - MOST_LETTERS
        await asyncio.sleep(0)
        assert most == MOST_LETTERS
        go.set()
        for _ in range(MOST_LETTERS):
            assert (await asyncio.wait_for(tap.answers.get(), 10)).letters[0].body == b"x"
        await asyncio.sleep(0)
        await tap.respondent.take(msgspec.msgpack.encode(Frame(letters=[Letter(0, "trial", b"y")])))
        assert (await asyncio.wait_for(tap.answers.get(), 10)).letters[0].body == b"y"
    finally:
        letters.pop("trial")


class Forgetful(Gateway):
    """Its database is gone by the time the answer is ready."""

    async def keep(self, evidence: Sequence[Call]) -> None:
        raise Unavailable("kernel.database_down")


async def test_without_its_evidence_no_answer_leaves(world: World) -> None:
    async with answering(world.registers, Answer(body={"secret": "x"})):
        tap, frame = await _caught(world, question())
        tap.respondent = Respondent(world.registers, Forgetful(world.registers), tap)
        answer = await tap.put(frame)
        assert (answer.batches, _keys(answer)) == ([], ["kernel.unavailable"])


async def test_an_answer_of_somebody_else_is_not_taken(world: World) -> None:
    """The registers' node answers, but another member of it signs."""
    tap, frame = await _caught(world, question())
    answer = (await tap.put(frame)).batches[0]
    link = Link(world.portal, "registers")
    world.portal.part(Links)["registers"] = link
    waiting = asyncio.create_task(ask(world.portal, PERSON, question()))
    await asyncio.sleep(0.2)
    forged, _ = await batches.sign(world.registers, "G15", [Item(1, answer.items[0].message, answer.items[0].body)])
    await link.take(msgspec.msgpack.encode(Frame([forged])))
    with pytest.raises((NotAllowed, Refused)):
        await waiting
    del world.portal.part(Links)["registers"]
