"""The same engine runs another country: nothing of the first may be left in it."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dinh import registers
from tests.flows import births, faults
from tests.world import World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other() -> AsyncIterator[World]:
    async with create(60, country="example") as made:
        yield made


async def test_a_birth_is_registered_in_another_country(other: World) -> None:
    mother = await other.sign_in(other.account("mother"))
    code = await births.register_birth(other, mother, "Zoë Ash")
    assert re.fullmatch(r"N\.1:\d{4}:1", code)
    documents = (await mother.get("/documents")).text
    paper = (await mother.get("/documents/" + documents.split('href="/documents/')[1][:36] + "/file")).content
    assert paper.startswith(b"%PDF-")
    assert (await mother.get(f"/cases/{code}/receipt")).content.startswith(b"%PDF-")


async def test_its_own_notices_are_told(other: World) -> None:
    mother = await other.sign_in(other.account("mother"))
    code = await births.register_birth(other, mother, "Zoë Birch")
    page = (await mother.get("/notices")).text
    assert f"Case {code} is settled" in page
    assert f"Case {code} has been received" in page
    assert "This site does not send e-mail yet" in (await mother.get("/notices/settings")).text


async def test_its_pages_speak_its_language_and_its_words(other: World) -> None:
    home = await other.visitor(other.portal, "vi").get("/")
    assert '<html class="govuk-template" lang="en">' in home.text
    page = await other.visitor(other.portal).get("/services/B1")
    assert "Two working days" in page.text
    for foreign in ("Ủy ban", "118/2025", "Hải Phòng", "VND"):
        assert foreign not in page.text


async def test_its_people_have_its_numbers(other: World) -> None:
    async with other.registers.pool.acquire() as connection:
        numbers = [row["number"] for row in await connection.fetch("SELECT number FROM registers.person")]
    assert len(numbers) == len(set(numbers)) >= 60
    assert all(re.fullmatch(r"\d{2}07[1-4]\d{6}", number) for number in numbers)


async def test_its_leader_sees_where_it_is_slow_in_its_words(other: World) -> None:
    mother = await other.sign_in(other.account("mother"))
    await births.file_case(other, mother, "Zoë Elm")
    leader = await other.sign_in(other.account("leader"))
    page = (await leader.get("/command")).text
    assert "1 case open." in page
    assert re.search(r"Slowest: waiting to be accepted, [A-Z][a-z ]+, Alder, 1 case", page)
    assert len(re.findall(r'<rect class="tile', page)) == 2
    assert "&lt;5" in (await other.visitor(other.portal).get("/figures")).text


async def test_its_registers_are_measured_and_put_right(other: World) -> None:
    node = other.registers
    await registers.measure_now(node)
    page = await other.visitor(node).get("/registers")
    assert "National population register" in page.text
    assert "100.0%" in page.text
    async with node.write(faults.WHO) as tx:
        ref = str(await tx.value("SELECT ref FROM registers.person WHERE residence_unit = $1 ORDER BY ref LIMIT 1", other.demo.units[0]))
    await faults.change(node, ref, address="")
    await registers.measure_now(node)
    path = f"/registers/person/queue/{await faults.finding_of(node, ref, 'address_there')}"
    first, second = await faults.keeper(other), await faults.keeper(other, "keeper-approver")
    await first.post(f"{path}/claim")
    sent = await first.post(f"{path}/correct/address", {"value": "1 Elm Street", "note": "Town Hall roll"})
    proposal = re.search(rf"{path}/proposals/[0-9a-f-]+", sent.text)
    assert proposal, sent.text
    assert (await second.post(proposal[0], {"answer": "approve"})).status_code == 200
    assert await faults.found(node, ref) == {(ref, "address_there"): "fixed"}
