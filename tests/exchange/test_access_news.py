"""A person is told that somebody looked: once a day at most, by day, never of what is withheld, and never what it was."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dinh.exchange import Question, ask, deliver, hand_over, spread_news, tell_news
from dinh.exchange.news import service
from dinh.kernel import clock, events
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Refused
from tests.exchange.backend import WHO, Backend
from tests.exchange.people import System, number_of
from tests.exchange.test_delivery import deaf
from tests.flows.warehouse import stranger
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 86400


@pytest_asyncio.fixture(loop_scope="session")
async def daytime(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """At any hour; what other tests left to be told is told before."""
    monkeypatch.setattr(service, "DAY", range(24))
    await tell(world)
    yield
    clock.shift(0)
    await world.go_on()


async def tell(world: World) -> None:
    """What the worker's rounds do until nothing moves."""
    for _ in range(3):
        for node in world.nodes.values():
            await events.seal(node)
            while await spread_news(node):
                pass
            await deliver(node)
    while await tell_news(world.portal):
        pass
    await world.settle()


async def on(world: World, days: int) -> None:
    clock.shift(days * DAY)
    await world.go_on()


async def told(world: World, person: str) -> int:
    async with world.portal.read(WHO) as tx:
        return int(await tx.value("SELECT count(*) FROM notices.notice WHERE person = $1 AND kind = 'log_grew'", person))


async def test_whoever_was_looked_at_is_told_once_a_day_with_no_word_of_what_it_was(world: World, asking: System, daytime: None) -> None:
    account = world.account("father")
    person = await world.person(account)
    await on(world, 1)
    before = await told(world, person)
    for _ in range(3):
        assert (await asking.about("notarial", account.username, **{"X-Road-Issue": "estate-of-y"})).status_code == 200
    await tell(world)
    assert await told(world, person) == before + 1
    assert (await asking.about("body", account.username)).status_code == 200
    await tell(world)
    assert await told(world, person) == before + 1, "one a day"
    visitor = await world.sign_in(account)
    page = (await visitor.get("/notices")).text
    assert "Dữ liệu của bạn vừa được xem" in page
    assert "estate-of-y" not in page
    assert "G22" not in page
    await on(world, 2)
    await tell(world)
    assert await told(world, person) == before + 2, "what came later that day is told the next"
    await on(world, 3)
    await tell(world)
    assert await told(world, person) == before + 2, "nothing new, no notice"


async def test_nobody_is_told_at_night(world: World, asking: System, daytime: None, monkeypatch: pytest.MonkeyPatch) -> None:
    account = world.account("father")
    person = await world.person(account)
    await on(world, 5)
    before = await told(world, person)
    assert (await asking.about("body", account.username)).status_code == 200
    monkeypatch.setattr(service, "DAY", range(0))
    await tell(world)
    assert await told(world, person) == before
    monkeypatch.setattr(service, "DAY", range(24))
    await tell(world)
    assert await told(world, person) == before + 1


async def test_what_is_withheld_is_told_when_it_is_shown(world: World, asking: System, daytime: None) -> None:
    account = world.account("father")
    person = await world.person(account)
    await on(world, 10)
    before = await told(world, person)
    assert (await asking.about("withheld", account.username, **{"Dinh-Order": "41/QD-2026"})).status_code == 200
    await tell(world)
    await on(world, 38)
    await tell(world)
    assert await told(world, person) == before
    await on(world, 41)
    await tell(world)
    assert await told(world, person) == before + 1


async def test_ones_own_look_ups_are_no_news_and_an_answer_of_a_room_is(world: World, asking: System, daytime: None) -> None:
    account = world.account("father")
    person = await world.person(account)
    assert asking
    await on(world, 50)
    before = await told(world, person)
    own = Caller(kind="person", person=person, assurance=2)
    await ask(world.portal, own, Question(service="population.person", client="G22", provider="G01", purpose="prefill", body={"ref": person}))
    await tell(world)
    assert await told(world, person) == before
    body = {"number": account.username, "full_name": account.name, "years": 18}
    other = Caller(kind="person", person="p-somebody", assurance=2)
    await ask(world.portal, other, Question(service="population.identify", client="G22", provider="G01", purpose="mandate", body=body))
    await tell(world)
    assert await told(world, person) == before + 1


async def test_of_who_has_no_account_the_portal_keeps_nothing(world: World, asking: System, daytime: None) -> None:
    person = await stranger(world)
    number = await number_of(world, person)
    assert (await asking.about("body", number)).status_code == 200
    await tell(world)
    async with world.portal.read(WHO) as tx:
        assert await tx.value("SELECT count(*) FROM exchange.news WHERE person = $1", person) == 0


async def test_a_number_is_kept_nowhere_by_the_way(world: World, asking: System, daytime: None) -> None:
    """On neither node: not in a table of the exchange, not in the spine."""
    account = world.account("father")
    assert (await asking.about("body", account.username)).status_code == 200
    await tell(world)
    plain, in_hex = account.username, account.username.encode().hex()
    for node in (world.registers, world.portal):
        async with node.read(WHO) as tx:
            tables = await tx.all(
                """SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
                   WHERE schemaname IN ('exchange', 'kernel') AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')"""
            )
            assert {"exchange.access", "exchange.outbox", "kernel.event"} <= {table["name"] for table in tables}
            for table in tables:
                found = await tx.value(
                    f"SELECT count(*) FROM {table['name']} t WHERE t::text LIKE $1 OR t::text LIKE $2", f"%{plain}%", f"%{in_hex}%"
                )
                assert found == 0, table["name"]


async def test_news_that_do_not_fit_are_refused(world: World) -> None:
    who = Caller(kind="person", person="p", assurance=2)
    for body in ({"persons": ["x"] * 1_001}, {"persons": "x"}):
        with pytest.raises(Refused):
            await ask(world.registers, who, Question(service="access.news", client="G01", provider="G22", purpose="own_data", body=body))


async def test_a_message_that_is_delivered_again_leaves_one_entry_and_one_notice(
    world: World, asking: System, peopled: Backend, daytime: None
) -> None:
    account = world.account("father")
    person = await world.person(account)
    await on(world, 61)
    before = await told(world, person)
    address = "/api/exchange/v1/tell/G01/people/told"
    answer = await asking.http.post(address, json={"person": {"number": account.username}}, headers={"X-Road-Id": "again-1"})
    assert answer.status_code == 202, answer.text
    async with world.portal.read(WHO) as tx:
        body = await tx.value("SELECT body FROM exchange.outbox WHERE message_id = 'again-1'")
    with deaf(world.portal):
        for _ in range(2):
            await again(world, body)
        await hand_over(world.registers)
        await again(world, body)
    await tell(world)
    assert (await told(world, person), await entries(world, "again-1")) == (before + 1, [(1, 3)])
    await on(world, 62)
    await again(world, body)
    await tell(world)
    assert (await told(world, person), await entries(world, "again-1")) == (before + 1, [(1, 4)])
    assert len(peopled.seen) == 1


async def test_a_message_that_comes_again_and_is_about_others_stands_in_their_logs_too(world: World, asking: System, peopled: Backend) -> None:
    """Only its sender's node says that it is the same message, and a hostile one says that of any."""
    address, named, seen = "/api/exchange/v1/tell/G01/people/told", {"X-Road-Id": "swapped-1", "X-Road-Issue": "H24-swapped"}, len(peopled.seen)
    for number in (world.account(who).username for who in ("father", "mother")):
        answer = await asking.http.post(address, json={"person": {"number": number}}, headers=named)
        assert answer.status_code == 202, answer.text
        await deliver(world.portal)
        async with world.portal.write(WHO) as tx:
            await tx.run("UPDATE exchange.outbox SET message_id = message_id || '-' || id, processed_at = $1 WHERE message_id = 'swapped-1'", tx.now)
        if number == world.account("father").username:
            # The system refused it, long ago.
            async with world.registers.write(WHO) as tx:
                sql = "UPDATE exchange.handover SET refused_at = $1, refusal = 'exchange.system_refused', content = NULL, case_code = NULL WHERE message_id = 'swapped-1'"
                await tx.run(sql, tx.now)
    async with world.registers.read(WHO) as tx:
        rows = await tx.all(
            "SELECT DISTINCT person FROM exchange.access a JOIN exchange.call c ON a.message = c.id WHERE c.message_id = 'swapped-1' AND c.side = 'provider'"
        )
        case = await tx.value("SELECT case_code FROM exchange.handover WHERE message_id = 'swapped-1'")
    assert len(rows) == 2, "whose number the system gets sees it"
    assert case == "H24-swapped", "in its place among those of its case"
    await hand_over(world.registers)
    assert [world.account("mother").username in str(call["body"]) for call in peopled.seen[seen:]] == [True]


async def again(world: World, body: bytes) -> None:
    """As if nothing had come back: it is sent once more."""
    async with world.portal.write(WHO) as tx:
        sql = "UPDATE exchange.outbox SET delivered_at = NULL, processed_at = NULL, body = $2, next_try_at = $1 WHERE message_id = 'again-1'"
        await tx.run(sql, tx.now, body)
    await deliver(world.portal)


async def entries(world: World, message: str) -> list[tuple[int, int]]:
    """In the citizen's log, and exchanges in the evidence."""
    async with world.registers.read(WHO) as tx:
        rows = await tx.all(
            """SELECT count(a.id) AS entries, count(*) AS exchanges FROM exchange.call c LEFT JOIN exchange.access a ON a.message = c.id
               WHERE c.message_id = $1 AND c.side = 'provider'""",
            message,
        )
        return [tuple(row) for row in rows]
