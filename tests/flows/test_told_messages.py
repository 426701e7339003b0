"""A registered birth is told to whoever subscribed; the operator's page of told messages says what does not arrive and what can be done."""

from uuid import UUID

import pytest

from dinh.exchange import GivenUp, Message, Question, deliver, give_up, outbox_of, tell, undelivered
from dinh.kernel import events
from dinh.kernel.caller import Caller, system
from dinh.kernel.transactions import WriteTx
from tests.flows import births
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHO = system("test")
SUBSCRIBERS = {
    "population.birth_registered": {"number"},
    "residence.birth_registered": {"mother", "father"},
    "insurance.birth_registered": {"born_on"},
}
MORE = {"number", "mother", "father", "born_on"}


async def _operator(world: World, language: str = "en") -> Visitor:
    return await world.sign_in(world.account("operator"), world.desk, language)


async def test_a_registered_birth_is_told_to_each_subscriber_as_far_as_its_right_goes(world: World) -> None:
    mother = await world.sign_in(world.account("mother"))
    code = await births.register_birth(world, mother, "Trần Khuê Tin")
    await world.settle()
    async with world.registers.read(WHO) as tx:
        child = await tx.value("SELECT child FROM registers.birth WHERE case_code = $1", code)
        rows = {row["service"]: row for row in await tx.all("SELECT * FROM registers.newborn WHERE case_code = $1", code)}
        told = await tx.all(
            "SELECT service, processed_at IS NOT NULL AS done, body FROM exchange.outbox WHERE topic = 'birth.registered' AND case_code = $1", code
        )
        history = [event.type for event in await events.read_history(tx, child)]
    assert rows.keys() == SUBSCRIBERS.keys()
    for service, gets in SUBSCRIBERS.items():
        assert (rows[service]["child"], {name for name in MORE if rows[service][name] is not None}) == (child, gets)
    assert sorted((row["service"], row["done"], row["body"]) for row in told) == sorted((service, True, None) for service in SUBSCRIBERS)
    assert history.count("registers:birth:noted") == 3
    async with world.registers.pool.acquire() as connection:
        calls = await connection.fetch(
            "SELECT service, side, status FROM exchange.call WHERE case_code = $1 AND service LIKE '%.birth_registered'", code
        )
    assert len(calls) == 6
    assert {row["status"] for row in calls} == {200}


async def _told(world: World, service: str, body: dict[str, object], case: str) -> str:
    async with world.desk.write(WHO) as tx:
        return await tell(tx, WHO, Question(service=service, client="H24.101", provider="G22", purpose="settle", body=body, case=case))


async def test_a_judgement_of_the_receiver_is_dead_at_once_shown_without_content_and_given_up(world: World) -> None:
    await world.settle()
    case, secret = "H24.101-261123-9001", "Trần Thị Bí Mật"
    name = await _told(world, "cases.progress", {"nonsense": secret}, case)
    await _told(world, "cases.progress", {"nonsense": 2}, case)
    message = UUID(name[-36:])
    await deliver(world.desk)
    await deliver(world.desk)
    visitor = await _operator(world)
    page = await visitor.get("/operator/messages")
    assert "1 message is dead" in page.text
    for shown in ("cases.progress", "G22", "exchange.unusable", "exchange.behind", str(message)):
        assert shown in page.text
    for hidden in (secret, case):
        assert hidden not in page.text
    assert "1 message is dead" in (await visitor.get("/operator")).text
    assert 'dinh_messages_dead{node="haiphong"} 1.0' in (await visitor.get("/metrics")).text
    health = (await visitor.get("/api/app/v1/health")).json()
    assert {"level": "bad", "part": "outbox", "key": "app.need_dead", "params": {"n": 1}} in health["needs"]
    async with world.desk.read(WHO) as tx:
        assert await undelivered(tx, [case]) == {case}
    # Tried again it is refused again; the one behind it still waits.
    await visitor.post(f"/operator/messages/{message}/revive")
    await deliver(world.desk)
    async with world.desk.read(WHO) as tx:
        assert (await outbox_of(tx)).dead == 1
    without = await visitor.post(f"/operator/messages/{message}/give-up")
    assert (without.status_code, f'href="#reason-{message}"' in without.text) == (422, True)
    heard: list[Message] = []

    async def room(_tx: WriteTx, _who: Caller, given_up: Message) -> None:
        heard.append(given_up)

    world.desk.plug(GivenUp, GivenUp({"cases.progress": room}))
    try:
        await visitor.post(f"/operator/messages/{message}/give-up", {f"reason-{message}": "wrong"})
    finally:
        world.desk.plug(GivenUp, GivenUp())
    assert [(one.id, one.case) for one in heard] == [(message, case)]
    assert (await visitor.post(f"/operator/messages/{message}/revive")).status_code == 404
    async with world.desk.read(WHO) as tx:
        kinds = [event.type for event in await events.read_history(tx, str(message))]
    assert kinds == [
        "exchange:message:told",
        "exchange:message:died",
        "exchange:message:revived",
        "exchange:message:died",
        "exchange:message:given_up",
    ]
    # Now the one behind it has its turn, and the same end; all of one reason are tried again at once.
    await deliver(world.desk)
    await visitor.post("/operator/messages/revive", {"refusal": "exchange.unusable"})
    async with world.desk.read(WHO) as tx:
        assert (await outbox_of(tx)).dead == 0
    await deliver(world.desk)
    async with world.desk.write(WHO) as tx:
        second = await tx.value("SELECT id FROM exchange.outbox WHERE case_code = $1 AND given_up_at IS NULL", case)
        await give_up(tx, WHO, second, "not_needed")
        assert await undelivered(tx, [case]) == set()


async def test_only_the_operator_sees_and_does_it(world: World) -> None:
    official = await world.sign_in(world.account(world.demo.handler), world.desk)
    assert (await official.get("/operator/messages")).status_code == 403
    some = "01a201b3-772b-78d1-9cf1-00ad398a1efb"
    for path in ("revive", "now", f"{some}/revive", f"{some}/give-up"):
        assert (await official.post(f"/operator/messages/{path}")).status_code == 403
    visitor = await _operator(world, "vi")
    page = await visitor.get("/operator/messages")
    assert (page.status_code, "Không có thông điệp nào hỏng" in page.text) == (200, True)
    assert (await visitor.post(f"/operator/messages/{some}/revive")).status_code == 404
    assert (await visitor.post("/operator/messages/now", follow=False)).status_code == 303
