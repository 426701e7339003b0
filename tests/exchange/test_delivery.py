"""Told messages between members' systems: arrive at least once, take effect once, are receipted by who got them, and die where an operator sees it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from msgspec import structs

from dinh.exchange import (
    Links,
    Publication,
    dead_of,
    deliver,
    give_up,
    hand_over,
    publish,
    revive,
    stamp_evidence,
    undelivered,
)
from dinh.exchange.containers import containers_of
from dinh.exchange.gateway import Envelope
from dinh.exchange.gateway.rules import key_of
from dinh.exchange.gateway.store import take_in
from dinh.kernel import clock, ids
from dinh.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from dinh.kernel.node import Node
from dinh.trust import pem
from tests.exchange.backend import WHO
from tests.exchange.mailbox import MAILBOX, NOSY, ROOT, TELL, TELLER, Mailbox, client_of, give_all_up, round_of, settled, state
from tests.exchange.test_containers import roots
from tests.flows.registry import reachable
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def http(world: World, box: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    assert box.says == 200
    async with client_of(world.portal, TELLER) as client:
        yield client


async def row(node: Node, name: str) -> UUID:
    async with node.read(WHO) as tx:
        found: UUID = await tx.value("SELECT id FROM exchange.outbox WHERE message_id = $1", name)
        return found


async def test_a_message_is_taken_delivered_processed_and_receipted(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    answer = await http.post(
        f"{TELL}/box/1?q=%C4%91", content="nội dung".encode(), headers={"X-Road-Id": "n-1", "X-Road-Issue": "H-1", "X-Own": "kept"}
    )
    assert (answer.status_code, answer.headers["location"]) == (202, f"{ROOT}/messages/n-1")
    assert answer.json() == {"message": "n-1", "state": "waiting", "href": f"{ROOT}/messages/n-1"}
    assert box.calls == []
    assert await deliver(world.portal) == 1
    found = await state(http, "n-1")
    assert (found["state"], box.calls, found["provider"], found["client"]) == ("delivered", [], MAILBOX, TELLER)
    for node, kept in ((world.portal, "SELECT body FROM exchange.outbox"), (world.registers, "SELECT content FROM exchange.handover")):
        async with node.read(WHO) as tx:
            sealed = await tx.value(f"{kept} WHERE message_id = 'n-1'")
        assert len(sealed) > 50
        assert not any(said in sealed for said in ("nội dung".encode(), b"/box/1", b"kept")), "encrypted, with its address and headers"
    assert await hand_over(world.registers) == 1
    (call,) = box.calls
    assert (call["target"], call["body"].decode(), call["headers"]["x-own"]) == ("/in/box/1?q=%C4%91", "nội dung", "kept")
    assert (call["headers"]["x-road-id"], call["headers"]["x-road-client"]) == ("n-1", "VN/GOV/G22/teller")
    assert "dinh-key" not in call["headers"]
    assert (await state(http, "n-1"))["state"] == "delivered"
    await settled(world)
    found = await state(http, "n-1")
    assert (found["state"], len(found["evidence"]), found["evidence"][0]) == ("processed", 2, "n-1")
    assert found["told_at"] <= found["delivered_at"] <= found["processed_at"]
    async with client_of(world.registers, MAILBOX) as receiver:
        seen = await state(receiver, "n-1")
        assert (seen["state"], seen["client"]) == ("processed", TELLER)
    async with world.portal.read(WHO) as tx:
        assert await tx.value("SELECT body IS NULL FROM exchange.outbox WHERE message_id = 'n-1'")
    async with world.registers.read(WHO) as tx:
        assert await tx.value("SELECT content IS NULL FROM exchange.handover WHERE message_id = 'n-1'")


async def test_message_and_receipt_stand_in_the_evidence_of_both_sides(world: World, http: httpx.AsyncClient, box: Mailbox, tmp_path: Path) -> None:
    assert box.calls == []
    await http.post(TELL, json={"a": 1}, headers={"X-Road-Id": "ev-1"})
    await settled(world)
    message, receipt = (await state(http, "ev-1"))["evidence"]
    (tmp_path / "ca.pem").write_text(pem(roots(world)[0]))
    async with reachable(world):
        for node in world.nodes.values():
            await stamp_evidence(node)
    asked = [
        (world.portal, message, "G22", "teller"),
        (world.registers, message, "G01", "mailbox"),
        (world.portal, receipt, "G22", None),
        (world.registers, receipt, "G01", None),
    ]
    said = list[str]()
    for node, name, member, subsystem in asked:
        for number, container in enumerate(await containers_of(node, name, member, subsystem, ("request", "response"))):
            file = tmp_path / f"{node.code}-{len(said)}-{number}.asice"
            file.write_bytes(container.data)
            command = [sys.executable, "-m", "dinh", "verify", "evidence", str(file), "--root", str(tmp_path / "ca.pem")]
            done = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)
            assert (done.returncode, "verified: everything holds" in done.stdout + done.stderr) == (0, True), done.stdout + done.stderr
            said.append(name)
    assert (said.count(message), said.count(receipt)) == (4, 4)


async def test_a_repeated_post_is_the_same_message_and_another_body_is_refused(http: httpx.AsyncClient, world: World, box: Mailbox) -> None:
    first = await http.post(TELL, content=b"once", headers={"Idempotency-Key": '"key-1"'})
    again = await http.post(TELL, content=b"once", headers={"Idempotency-Key": '"key-1"', "traceparent": "another"})
    assert (first.status_code, again.json()) == (202, first.json())
    for body, more in ((b"twice", {}), (b"once", {"X-Road-Issue": "H-9"})):
        refused = await http.post(TELL, content=body, headers={"X-Road-Id": "key-1", **more})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:dinh:problem:exchange.other_message")
    await settled(world)
    late = await http.post(TELL, content=b"once", headers={"X-Road-Id": "key-1"})
    assert (late.status_code, late.json()["state"], len(box.calls)) == (202, "processed", 1)


class Deaf(Links):
    """The other node gets and answers everything, and the answer is lost."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def to(self, node: str) -> Any:
        return _Lost(self._links.to(node))


class _Lost:
    def __init__(self, link: Any) -> None:
        self._link = link

    async def call(self, *said: Any) -> Any:
        await self._link.call(*said)
        raise Unavailable("exchange.no_answer")


@contextmanager
def deaf(node: Node) -> Iterator[None]:
    links = node.part(Links)
    node.plug(Links, Deaf(links))
    try:
        yield
    finally:
        node.plug(Links, links)


async def test_lost_answers_and_repeats_have_one_effect(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    await http.post(TELL, content=b"lost", headers={"X-Road-Id": "lost-1"})
    with deaf(world.portal):
        for _ in range(3):
            await round_of(world)
    assert ((await state(http, "lost-1"))["state"], len(box.calls)) == ("processed", 1), "the receipt came before any answer"
    with deaf(world.registers):
        await http.post(TELL, content=b"lost too", headers={"X-Road-Id": "lost-2"})
        for _ in range(3):
            await round_of(world)
    assert (await state(http, "lost-2"))["state"] == "processed", "the receipt was taken in though its answer was lost"
    await settled(world)
    assert sorted(box.done.values()) == [b"lost", b"lost too"]
    assert len(box.calls) == 2


@pytest.mark.parametrize("status", [500, 503, 429, 408, 425, 302])
async def test_a_system_that_cannot_take_it_now_gets_it_later(world: World, http: httpx.AsyncClient, box: Mailbox, status: int) -> None:
    box.says = status
    await http.post(TELL, content=b"later", headers={"X-Road-Id": f"later-{status}"})
    for _ in range(3):
        await round_of(world)
    found = await state(http, f"later-{status}")
    assert (found["state"], len(box.calls)) == ("delivered", 3)
    assert len({call["headers"]["idempotency-key"] for call in box.calls}) == 1
    box.says = 204
    await settled(world)
    assert (await state(http, f"later-{status}"))["state"] == "processed"


async def test_what_the_system_refuses_is_final_dead_and_can_be_revived(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    box.says = 422
    await http.post(TELL, content=b"no", headers={"X-Road-Id": "no-1", "X-Road-Issue": "H24-no"})
    await settled(world)
    found = await state(http, "no-1")
    assert (found["state"], found["reason"], len(box.calls)) == ("refused", "exchange.system_refused", 1)
    async with world.portal.write(WHO) as tx:
        dead, reasons = await dead_of(tx)
        assert [(one.message_id, one.state) for one in dead] == [("no-1", "refused")]
        assert [(one.refusal, one.count) for one in reasons] == [("exchange.system_refused", 1)]
        assert await undelivered(tx, ["H24-no"]) == {"H24-no"}
    box.says = 200
    await round_of(world)
    assert ((await state(http, "no-1"))["state"], len(box.calls)) == ("refused", 1), "nobody tries a final refusal again by himself"
    async with world.portal.write(WHO) as tx:
        await revive(tx, WHO, await row(world.portal, "no-1"))
    await settled(world)
    assert ((await state(http, "no-1"))["state"], len(box.calls)) == ("processed", 2)
    async with world.portal.read(WHO) as tx:
        assert await undelivered(tx, ["H24-no"]) == set()


async def forgotten(world: World, name: str) -> None:
    """The sender's node does not know any more that it told this: a hostile one gives the same id to as many messages as it likes."""
    async with world.portal.write(WHO) as tx:
        await tx.run("UPDATE exchange.outbox SET message_id = $1 || '-forgotten', processed_at = $2 WHERE message_id = $1", name, tx.now)


async def test_an_id_that_one_service_refused_opens_no_other_address_of_it(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    box.says = 422
    await http.post(TELL, content=b"no", headers={"X-Road-Id": "twin-1"})
    await settled(world)
    await forgotten(world, "twin-1")
    assert (await http.post(f"{TELL}/admin", content=b"yes")).status_code == 403
    box.says, box.calls = 200, []
    # The other service's right covers this path, and that is where it goes.
    await http.post(f"{ROOT}/tell/G01/mailbox/news/admin", content=b"yes", headers={"X-Road-Id": "twin-1"})
    await settled(world)
    assert [call["target"] for call in box.calls] == ["/news/admin"]


async def test_nobody_takes_the_id_of_another_members_message(world: World) -> None:
    identity = ids.new_id()
    said = Envelope(
        id=identity, message_id=f"VN-{identity}", kind="tell", client="G22", provider="G01", service="one", purpose="p", sent_at=clock.now()
    )  # fmt: skip
    async with world.registers.write(WHO) as tx:
        assert await take_in(tx, key_of(said), said)
        assert not await take_in(tx, key_of(said), said)
        for other in (structs.replace(said, client="H24"), structs.replace(said, service="two")):
            with pytest.raises(Conflict):
                await take_in(tx, key_of(other), other)


async def test_what_has_had_its_time_is_dead_lives_again_and_is_given_up(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    assert box.calls == []
    await http.post(f"{ROOT}/tell/G01/mailbox/gone", content=b"x", headers={"X-Road-Id": "old-1"})
    await settled(world)
    assert (await state(http, "old-1"))["state"] == "delivered"
    async with world.portal.write(WHO) as tx:
        await tx.run("UPDATE exchange.outbox SET told_at = told_at - interval '31 days' WHERE message_id = 'old-1'")
    await round_of(world)
    found = await state(http, "old-1")
    assert (found["state"], found["reason"]) == ("dead", "exchange.expired")
    message = await row(world.portal, "old-1")
    async with world.portal.write(WHO) as tx:
        await revive(tx, WHO, message)
        with pytest.raises(NotFound):
            await give_up(tx, WHO, message, "not_needed")
    await settled(world)
    assert (await state(http, "old-1"))["state"] == "delivered"
    # The receiver's own time for it ends: it says so, and that is the last word.
    async with world.registers.write(WHO) as tx:
        await tx.run("UPDATE exchange.handover SET arrived_at = arrived_at - interval '31 days' WHERE message_id = 'old-1'")
    await settled(world)
    found = await state(http, "old-1")
    assert (found["state"], found["reason"]) == ("refused", "exchange.not_taken")
    async with world.portal.write(WHO) as tx:
        with pytest.raises(Invalid):
            await give_up(tx, WHO, message, "because")
        await give_up(tx, WHO, message, "done_otherwise")
        assert (await dead_of(tx))[0] == []
        assert await tx.value("SELECT body IS NULL FROM exchange.outbox WHERE id = $1", message)
        with pytest.raises(NotFound):
            await revive(tx, WHO, message)


async def test_a_member_keeps_back_no_other_members_messages_by_naming_their_case(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    await http.post(TELL, content=b"mine", headers={"X-Road-Id": "mine-1", "X-Road-Issue": "H24-mine"})
    async with world.portal.write(WHO) as tx:
        await tx.run(
            """INSERT INTO exchange.outbox (id, message_id, service, sender, sender_subsystem, receiver, receiver_subsystem, purpose, case_code, assurance, key,
                 body, told_at, next_try_at, dead_at, given_up_at) SELECT gen_random_uuid(), 'theirs-1', service, 'H24', 'app', receiver, receiver_subsystem,
                 purpose, case_code, assurance, key, body, told_at - interval '1 minute', 'infinity', told_at, NULL FROM exchange.outbox WHERE message_id = 'mine-1'"""
        )
    await settled(world)
    assert (await state(http, "mine-1"))["state"] == "processed"
    assert [call["body"] for call in box.calls] == [b"mine"]


async def test_nobody_overtakes_a_dead_message_of_the_same_case(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    issue = {"X-Road-Issue": "H24-order"}
    for number in range(3):
        await http.post(TELL, content=str(number).encode(), headers={"X-Road-Id": f"o-{number}", **issue})
    async with world.portal.write(WHO) as tx:
        await tx.run("UPDATE exchange.outbox SET dead_at = $1, refusal = 'exchange.expired' WHERE message_id = 'o-0'", tx.now)
    await settled(world)
    assert box.calls == []
    assert [(await state(http, f"o-{number}"))["reason"] for number in range(3)] == ["exchange.expired", "exchange.behind", "exchange.behind"]
    async with world.portal.write(WHO) as tx:
        await revive(tx, WHO, await row(world.portal, "o-0"))
    await settled(world)
    assert [call["body"] for call in box.calls] == [b"0", b"1", b"2"]
    box.says = 503
    for number in range(3, 6):
        await http.post(TELL, content=str(number).encode(), headers={"X-Road-Id": f"o-{number}", **issue})
    for _ in range(5):
        await round_of(world)
    assert {call["body"] for call in box.calls[3:]} == {b"3"}, "the system gets them in order, too"
    box.says = 200
    await settled(world)
    assert list(box.done.values()) == [b"0", b"1", b"2", b"3", b"4", b"5"]


async def test_beyond_the_days_limit_a_message_waits_for_the_next_day(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    for number in range(2):
        await http.post(f"{ROOT}/tell/G01/mailbox/rare", content=b"x", headers={"X-Road-Id": f"rare-{number}"})
    await deliver(world.portal)
    found = [await state(http, f"rare-{number}") for number in range(2)]
    assert sorted(one["state"] for one in found) == ["delivered", "waiting"]
    late = next(one for one in found if one["state"] == "waiting")
    tomorrow = world.portal.country.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert late["reason"] == "exchange.quota"
    assert abs((datetime.fromisoformat(late["next_try_at"]) - tomorrow).total_seconds()) < 5
    await hand_over(world.registers)
    assert len(box.calls) == 1
    async with world.portal.write(WHO) as tx:
        await tx.run("UPDATE exchange.outbox SET dead_at = $1 WHERE message_id = $2", tx.now, late["message"])
    await give_all_up(world)


async def test_what_is_published_reaches_each_subscriber_as_far_as_its_right_goes(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    for _ in range(2):
        answer = await http.post(f"{ROOT}/publish/trial.news", json={"what": "born", "secret": "no"}, headers={"X-Road-Id": "pub-1"})
        assert answer.status_code == 202, answer.text
    (told,) = answer.json()["messages"]
    assert (answer.json()["publication"], told["subscriber"]) == ("pub-1", MAILBOX)
    await settled(world)
    assert [(call["target"], call["body"], call["headers"]["dinh-topic"]) for call in box.calls] == [("/news", b'{"what":"born"}', "trial.news")]
    found = (await http.get(told["href"])).json()
    assert (found["state"], found["topic"]) == ("processed", "trial.news")
    for body, status in (({"secret": 1}, 422), ({"what": 1, "more": 2}, 422), ([], 422), ({"what": "died", "secret": "no"}, 409)):
        assert (await http.post(f"{ROOT}/publish/trial.news", json=body, headers={"X-Road-Id": "pub-1"})).status_code == status
    async with client_of(world.portal, NOSY) as nosy:
        assert (await nosy.post(f"{ROOT}/publish/trial.news", json={"what": 1})).status_code == 403
    async with world.portal.write(WHO) as tx:
        with pytest.raises(NotAllowed):
            await publish(tx, WHO, Publication(topic="trial.news", publisher="G22", body={"what": 1}))
