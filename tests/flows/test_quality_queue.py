"""A fault waits in the queue; two keepers put it right, and nobody else can."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from dinh import registers
from dinh.kernel import events
from dinh.kernel.node import Node
from dinh.offices import appoint, directory_of
from dinh.registers.queue import RecordCorrected
from dinh.registers.queue import service as queue_service
from tests.flows.faults import WHO, change, finding_of, found, keeper, plant
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def node(world: World) -> AsyncIterator[Node]:
    await registers.measure_now(world.registers)
    yield world.registers


async def test_a_fault_is_put_right_under_four_eyes(world: World, node: Node) -> None:
    ref = await plant(node, address="")
    await registers.measure_now(node)
    finding = await finding_of(node, ref, "address_there")
    path = f"/registers/person/queue/{finding}"
    first, second = await keeper(world), await keeper(world, "keeper-approver")
    listed = await first.get("/registers/person/queue?rule=address_there")
    assert path in listed.text
    assert (await _name(node, ref)) not in listed.text, "a list names nobody"
    opened = await first.get(path)
    assert (await _name(node, ref)) in opened.text
    assert await _looked(node, ref) == [("G01", "population.person", "quality")]
    assert "/correct/" not in opened.text, "first it is taken on"
    await first.post(f"{path}/claim")
    assert f"{path}/correct/address" in (await first.get(path)).text
    for typed, said in (
        ({"value": "", "note": "x"}, "value-error"),
        ({"value": "5 Lê Lợi", "note": ""}, "note-error"),
        ({"value": "x" * 501, "note": "x"}, "value-error"),
    ):
        wrong = await first.post(f"{path}/correct/address", typed)
        assert wrong.status_code == 422
        assert said in wrong.text
        assert typed["note"] in wrong.text
    sent = await first.post(f"{path}/correct/address", {"value": "5  Lê Lợi", "note": "Sổ hộ khẩu cũ"})
    assert sent.status_code == 200
    assert "Sổ hộ khẩu cũ" in sent.text
    proposal = re.search(rf"{path}/proposals/([0-9a-f-]+)", sent.text)
    assert proposal
    decide = f"{path}/proposals/{proposal[1]}"
    own = await first.post(decide, {"answer": "approve"})
    assert own.status_code == 403
    assert await _value(node, ref, "address") == ""
    assert (await second.post(decide, {"answer": "maybe"})).status_code == 422
    assert (await second.post(f"{path}/proposals/{uuid4()}", {"answer": "approve"})).status_code == 409
    done = await second.post(decide, {"answer": "approve"})
    assert done.status_code == 200
    assert await _value(node, ref, "address") == "5 Lê Lợi"
    assert await found(node, ref) == {(ref, "address_there"): "fixed"}
    assert (await second.post(decide, {"answer": "approve"})).status_code == 409, "a double click"
    await _history_is_kept(node, ref)
    assert path not in (await first.get("/registers/person/queue?rule=address_there")).text
    overview = await first.get("/registers/person")
    assert overview.status_code == 200
    async with node.read(WHO) as tx:
        agency = await tx.value("SELECT agency FROM registers.correction WHERE row_key = $1", ref)
    assert agency.startswith("H24.") or agency == "G01"


async def _history_is_kept(node: Node, ref: str) -> None:
    async with node.read(WHO) as tx:
        row = await tx.one("SELECT * FROM registers.correction WHERE row_key = $1", ref)
        history = [event.read() for event in await events.read_history(tx, ref)]
        stored = await tx.all("SELECT payload FROM kernel.event WHERE type LIKE 'registers:%'")
        proposals = await tx.all("SELECT old_value, new_value, note FROM registers.proposal")
    assert row
    assert row["column_name"] == "address"
    assert row["proposed_post"] == "G01.keeper"
    assert row["post"] == "G01.keeper-approver"
    assert [event for event in history if isinstance(event, RecordCorrected)] == [
        RecordCorrected(register="person", row=ref, column="address", agency=row["agency"])
    ]
    for secret in ("5 Lê Lợi".encode(), "Sổ hộ khẩu cũ".encode()):
        assert not any(secret in bytes(event["payload"]) for event in stored)
        assert not any(secret in bytes(value) for each in [row, *proposals] for value in each.values() if isinstance(value, bytes))


async def _name(node: Node, ref: str) -> str:
    return str(await _value(node, ref, "full_name"))


async def _value(node: Node, ref: str, column: str) -> Any:
    async with node.read(WHO) as tx:
        return await tx.value(f"SELECT {column} FROM registers.person WHERE ref = $1", ref)


async def _looked(node: Node, ref: str) -> list[tuple[str, str, str]]:
    async with node.read(WHO) as tx:
        return [tuple(row) for row in await tx.all("SELECT agency, what, purpose FROM exchange.access WHERE person = $1", ref)]


async def _claimed(world: World, node: Node, **wrong: Any) -> tuple[str, str, Visitor]:
    """Reference, path of its finding and the keeper who has taken it on."""
    ref = await plant(node, **wrong)
    await registers.measure_now(node)
    (rule,) = {rule for _, rule in await found(node, ref)}
    path = f"/registers/person/queue/{await finding_of(node, ref, rule)}"
    first = await keeper(world)
    await first.post(f"{path}/claim")
    return ref, path, first


async def test_a_correction_may_not_break_another_rule(world: World, node: Node) -> None:
    ref, path, first = await _claimed(world, node, address="")
    refused = await first.post(f"{path}/correct/birth_date", {"value-day": "1", "value-month": "1", "value-year": "1890", "note": "x"})
    assert refused.status_code == 422
    assert "Số định danh khớp" in refused.text
    assert 'value="1890"' in refused.text, "nothing that was typed is lost"
    assert (
        await first.post(f"{path}/correct/birth_date", {"value-day": "31", "value-month": "2", "value-year": "1990", "note": "x"})
    ).status_code == 422
    assert (await first.post(f"{path}/correct/number", {"value": "1", "note": "x"})).status_code == 404
    assert (await first.post(f"{path}/correct/ref", {"value": "1", "note": "x"})).status_code == 404
    await change(node, ref, address="6 Lê Lợi")


async def test_a_proposal_about_a_record_that_moved_on_is_not_carried_out(world: World, node: Node) -> None:
    ref, path, first = await _claimed(world, node, address="")
    sent = await first.post(f"{path}/correct/address", {"value": "7 Lê Lợi", "note": "x"})
    decide = re.search(rf"{path}/proposals/[0-9a-f-]+", sent.text)
    assert decide
    assert (await first.post(f"{path}/correct/address", {"value": "8 Lê Lợi", "note": "x"})).status_code == 409
    assert (await first.post(f"{path}/accept", {"note": "x"})).status_code == 409
    await change(node, ref, address="9 Lê Lợi")
    second = await keeper(world, "keeper-approver")
    assert (await second.post(decide[0], {"answer": "approve"})).status_code == 409
    assert await _value(node, ref, "address") == "9 Lê Lợi"
    assert (await first.post(decide[0], {"answer": "refuse"})).status_code == 200
    assert (await first.post(decide[0], {"answer": "refuse"})).status_code == 409


async def test_a_value_that_is_right_stays_quiet_until_the_record_changes(world: World, node: Node) -> None:
    ref, path, first = await _claimed(world, node, full_name="Elon X Æ A-12")
    assert (await first.post(f"{path}/accept", {"note": " "})).status_code == 422
    accepted = await first.post(f"{path}/accept", {"note": "Tên thật, theo giấy khai sinh"})
    assert "Tên thật, theo giấy khai sinh" in accepted.text
    await registers.measure_now(node)
    assert await found(node, ref) == {(ref, "name_letters"): "accepted"}
    assert path not in (await first.get("/registers/person/queue")).text
    assert path in (await first.get("/registers/person/queue?state=accepted")).text
    async with node.write(WHO) as tx:
        await tx.run("UPDATE registers.finding SET accepted_on = accepted_on - 1 WHERE row_key = $1", ref)
    await registers.measure_now(node)
    assert await found(node, ref) == {(ref, "name_letters"): "open"}, "changed since it was accepted"
    await change(node, ref, full_name="Elon Mười Hai")


async def test_nobody_handles_their_own_family(world: World, node: Node) -> None:
    official = await world.person(world.account("keeper"))
    child = await plant(node, mother=official, address="")
    async with node.write(WHO) as tx:
        await tx.run("UPDATE registers.person SET father = NULL WHERE ref = $1", child)
    await registers.measure_now(node)
    path = f"/registers/person/queue/{await finding_of(node, child, 'address_there')}"
    first, second = await keeper(world), await keeper(world, "keeper-approver")
    for answer in (
        await first.get(path),
        await first.post(f"{path}/claim"),
        await first.post(f"{path}/correct/address", {"value": "x", "note": "x"}),
    ):
        assert answer.status_code == 403
        assert (await _name(node, child)) not in answer.text
    assert (await second.post(f"{path}/claim")).status_code == 200
    await change(node, child, address="10 Lê Lợi", mother=None)


async def test_another_agency_another_node_and_the_public_see_no_record(world: World, node: Node) -> None:
    ref, path, first = await _claimed(world, node, address="")
    justice = await keeper(world, "keeper", 1)
    assert world.account("keeper", 1).agency == "G15"
    for address in ("/registers/person/queue", path, f"{path}/correct/address"):
        assert (await justice.get(address)).status_code == 404, address
        assert (await world.visitor(node).get(address)).headers["location"].startswith("/session/start"), address
    for turn in ("claim", "accept", f"proposals/{uuid4()}", "correct/address"):
        answer = await justice.post(f"{path}/{turn}", {"note": "x", "value": "x", "answer": "approve"})
        assert answer.status_code == 404, turn
    # The same finding under a register that the caller does keep.
    assert (await justice.get(path.replace("person", "birth"))).status_code == 404
    assert (await first.get(path.replace("person", "birth"))).status_code == 404
    assert (await first.get("/registers/elephants/queue")).status_code == 404
    assert (await first.get(f"/registers/person/queue/{uuid4()}")).status_code == 404
    assert (await first.get("/registers/person/queue?after=x")).status_code == 404
    # Who holds a post elsewhere, or none, is nobody here.
    for role in (world.demo.handler, "mother"):
        stranger = await world.sign_in(world.account(role), node)
        assert (await stranger.get(path)).status_code == 403
        assert (await stranger.get("/registers/person")).status_code == 403
    # Measures of another agency's register are open to officials, its queue and counts are not.
    page = await justice.get("/registers/person")
    assert page.status_code == 200
    assert "Chờ xử lý" not in page.text
    assert (await justice.get("/registers/birth/queue")).status_code == 200
    await change(node, ref, address="11 Lê Lợi")


async def test_a_post_that_was_taken_away_ends_the_right_at_once(world: World, node: Node) -> None:
    first = await keeper(world)
    official = await world.person(world.account("keeper"))
    async with node.write(WHO) as tx:
        await appoint(tx, WHO, "G01.keeper", await plant(node))
    try:
        assert (await first.get("/registers/person/queue")).status_code == 403
    finally:
        async with node.write(WHO) as tx:
            await tx.run("UPDATE offices.holder SET until = since WHERE post = 'G01.keeper' AND until IS NULL")
            await tx.run("UPDATE offices.holder SET until = NULL WHERE post = 'G01.keeper' AND person = $1", official)
    assert (await first.get("/registers/person/queue")).status_code == 200


async def test_filters_and_pages_of_the_queue(world: World, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:

    refs = [await plant(node, address="") for _ in range(5)] + [await plant(node, birth_place="")]
    await registers.measure_now(node)
    monkeypatch.setattr(queue_service, "PAGE", 2)
    first = await keeper(world, language="en")
    seen: list[str] = []
    address = "/registers/person/queue?rule=address_there&state=open"
    for _ in range(20):
        page = (await first.get(address)).text
        seen += re.findall(r'dinh-code" href="/registers/person/queue/([0-9a-f-]{36})"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        address = following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) >= 5
    for ref in refs:
        await change(node, ref, address="12 Lê Lợi", birth_place="Hải Phòng")
    await registers.measure_now(node)
    assert "There is no record to look at." in (await first.get("/registers/person/queue?rule=birth_place_there&severity=medium")).text


async def test_a_record_of_a_merged_unit_says_what_took_it_over(world: World, node: Node) -> None:
    directory = directory_of(node.country)
    async with node.read(WHO) as tx:
        today = node.country.local_date(tx.now)
    living = set(directory.units_on(today))
    gone = next(code for unit in sorted(living) for code in directory.unit(unit, today).predecessors.split(";") if code and code not in living)
    ref, path, first = await _claimed(world, node, residence_unit=gone)
    page = (await first.get(path)).text
    assert f"{gone}, nay thuộc {directory.successors(gone, today)[0].name}" in page
    await change(node, ref, residence_unit=min(living))
