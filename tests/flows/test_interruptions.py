"""Power cuts: a job that dies between its steps, a database that is killed, an answer that is lost."""

import asyncio
import os
import signal

import pytest

from dinh.cases.decisions import settle
from dinh.exchange import Providers, Question
from dinh.exchange.gateway.contracts import Answer
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Unavailable
from dinh.kernel.node import Node
from tests.flows import births
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _counts(world: World, code: str) -> tuple[int, int, int]:
    async with world.registers.pool.acquire() as connection:
        persons = await connection.fetchval("SELECT count(*) FROM registers.person WHERE source_case = $1", code)
        found = await connection.fetchval("SELECT count(*) FROM registers.birth WHERE case_code = $1", code)
    async with world.portal.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        documents = await connection.fetchval("SELECT count(*) FROM vault.document WHERE case_code = $1", code)
        await connection.execute("RESET ROLE")
    return int(persons), int(found), int(documents)


@pytest.mark.parametrize("service", ["population.register_birth", "civilstatus.register_birth"])
async def test_a_register_that_acted_but_whose_answer_was_lost_is_asked_again_and_nothing_doubles(world: World, service: str) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, f"Trần Khuê {service[0].upper()}")
    await births.handle(world, code)
    await births.decide(world, code)
    providers = world.registers.part(Providers)
    real, calls = providers[service], []

    async def lose_first(node: Node, who: Caller, question: Question) -> Answer:
        answer = await real(node, who, question)
        calls.append(service)
        if len(calls) == 1:
            raise Unavailable
        return answer

    providers[service] = lose_first
    try:
        with pytest.raises(Unavailable):
            await settle(world.desk, {"case": code})
        await settle(world.desk, {"case": code})
    finally:
        providers[service] = real
    await settle(world.desk, {"case": code})
    await world.settle()
    assert calls == [service, service]
    assert await _counts(world, code) == (1, 1, 1)


async def test_a_case_is_accepted_also_while_the_registers_do_not_answer(world: World) -> None:
    code = await births.file_case(world, await world.sign_in(world.account("mother")), "Trần Khuê Đợi")
    registrar = await world.sign_in(world.account("registrar"))
    providers = world.registers.part(Providers)
    real = providers["population.person"]

    async def silent(_node: Node, _who: Caller, _question: Question) -> Answer:
        raise Unavailable

    providers["population.person"] = silent
    try:
        accepted = await registrar.post(f"/desk/{code}/accept", {"approve": "yes"})
    finally:
        providers["population.person"] = real
    assert accepted.status_code == 503
    assert f'action="/desk/{code}/check"' in accepted.text, "it is accepted, and the registers can be asked again"
    assert 'name="approve" type="checkbox" value="yes" checked' in accepted.text, "the choice stays"
    assert code in (await registrar.get("/desk?show=mine")).text
    again = await registrar.post(f"/desk/{code}/check", {"approve": "yes"})
    assert again.status_code == 200
    assert code in (await registrar.get("/desk?show=decision")).text


async def test_two_workers_on_one_case_settle_it_once(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Hai")
    await births.handle(world, code)
    await births.decide(world, code)
    await asyncio.gather(settle(world.desk, {"case": code}), settle(world.desk, {"case": code}), return_exceptions=True)
    await world.settle()
    assert await _counts(world, code) == (1, 1, 1)


async def test_two_officers_at_once_one_acts_and_the_other_is_told(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Khuê Cùng")
    registrar = await world.sign_in(world.account("registrar"))
    answers = await asyncio.gather(*[registrar.post(f"/desk/{code}/accept", follow=False) for _ in range(3)])
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    assert "chuyển sang bước khác" in next(answer.text for answer in answers if answer.status_code == 409)


async def test_a_killed_database_gives_a_clear_message_and_no_half_case(world: World) -> None:
    server = world.supervisor.databases.server
    assert server is not None
    mother = await world.sign_in(world.account("mother"))
    draft = await births.fill_in(world, mother, "Trần Khuê Tắt")
    pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    submit = asyncio.create_task(mother.post(f"{draft}/review", follow=False))
    os.kill(pid, signal.SIGKILL)
    first = await submit
    down = await mother.get("/applications")
    assert (down.status_code, "đang khởi động lại" in down.text) == (503, True)
    assert first.status_code in {303, 503}
    await asyncio.sleep(0.5)  # the supervisor, too, looks only now and then
    await asyncio.to_thread(server.start)
    page = await _until_up(mother, draft)
    if "/review" in page:
        await mother.post(f"{draft}/review")
    await world.settle()
    async with world.desk.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        rows = await connection.fetch(
            "SELECT c.id, k.case_id AS clock FROM cases.case c LEFT JOIN cases.clock k ON k.case_id = c.id WHERE application = $1::text::uuid",
            draft.rsplit("/", 1)[1],
        )
        await connection.execute("RESET ROLE")
    assert len(rows) == 1
    assert rows[0]["clock"] == rows[0]["id"]


async def _until_up(visitor: "births.Visitor", draft: str) -> str:
    for _ in range(100):
        response = await visitor.get(draft)
        if response.status_code != 503:
            return str(response.headers.get("location", ""))
        await asyncio.sleep(0.1)
    raise AssertionError("the database did not come back")
