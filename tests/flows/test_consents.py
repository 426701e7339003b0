"""Consent: without it nothing leaves, with it one answer does, and after its withdrawal the next question is refused."""

import pytest

from dinh.app.demo import DemoAccount
from dinh.exchange import Question, ask
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.errors import NotAllowed
from tests.flows.outcomes import citizen, rows, someone
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
USE = "population.matches~T01~verification"


async def birthday(world: World, account: DemoAccount) -> str:
    return str((await rows(world.registers, "SELECT birth_date FROM registers.person WHERE number = $1", account.username))[0]["birth_date"])


async def verify(world: World, account: DemoAccount, name: str = "", number: str = "") -> str:
    """As the body outside the state asks."""
    body = {"number": number or account.username, "full_name": name or account.name, "birth_date": await birthday(world, account)}
    question = Question(service="population.matches", client="T01", provider="G01", purpose="verification", body=body)
    return str((await ask(world.portal, system("bank", agency="T01"), question)).body["matches"])


async def test_nothing_leaves_without_consent_and_the_refusal_tells_nothing(world: World) -> None:
    account = await someone(world)
    said = set()
    for changes in ({}, {"name": "Không Phải Tên"}, {"number": "000000000000"}):
        with pytest.raises(NotAllowed) as refusal:
            await verify(world, account, **changes)
        said.add(refusal.value.key)
    assert said == {"exchange.no_consent"}, "no consent, a wrong name and an unknown number are one answer"


async def test_consent_is_given_seen_and_withdrawn_and_the_next_question_is_refused(world: World) -> None:
    account = await someone(world)
    person, ref = await world.sign_in(account), await world.person(account)
    page = await person.get("/consents")
    for words in ("Bạn chưa đồng ý cho ai", "Ngân hàng trình diễn", "Xác minh khách hàng", "91/2025/QH15"):
        assert words in page.text, words
    wrong = await person.post(f"/consents/{USE}/give", {})
    assert (wrong.status_code, "Bạn đồng ý trong bao lâu?" in wrong.text) == (422, True)
    assert (await person.post(f"/consents/{USE}/give", {f"days-{USE}": "9999"})).status_code == 422
    given = await person.post(f"/consents/{USE}/give", {f"days-{USE}": "30"})
    assert "Bạn đang đồng ý cho 1 việc" in given.text
    assert (await person.post(f"/consents/{USE}/give", {f"days-{USE}": "30"})).status_code == 409

    assert await verify(world, account) == "yes"
    assert "Xác minh khách hàng" in await person.whole("/my-data"), "the person sees who asked"
    withdrawn = await person.post(f"/consents/{USE}/withdraw")
    assert ("Bạn chưa đồng ý cho ai" in withdrawn.text, "rút lại" in withdrawn.text) == (True, True)
    with pytest.raises(NotAllowed, match="no_consent"):
        await verify(world, account)
    types = await rows(world.portal, "SELECT type FROM kernel.event WHERE subject = $1 AND type LIKE 'exchange:consent:%' ORDER BY recorded_at", ref)
    assert [row["type"] for row in types] == ["exchange:consent:given", "exchange:consent:withdrawn"]


async def test_one_persons_consent_is_not_anothers_and_it_runs_out(world: World) -> None:
    one, other = await someone(world), await someone(world)
    visitor = await world.sign_in(one)
    await visitor.post(f"/consents/{USE}/give", {f"days-{USE}": "30"})
    assert await verify(world, one) == "yes"
    with pytest.raises(NotAllowed, match="no_consent"):
        await verify(world, other)
    try:
        clock.shift(32 * 86_400)
        await world.go_on()
        with pytest.raises(NotAllowed, match="no_consent"):
            await verify(world, one)
    finally:
        clock.shift(0)


async def test_what_nobody_offers_cannot_be_agreed_to_and_nobody_agrees_for_another(world: World) -> None:
    account = await someone(world)
    visitor = await world.sign_in(account)
    for use in ("population.person~T01~verification", "population.matches~H24.168~settle", "x"):
        assert (await visitor.post(f"/consents/{use}/give", {"days": "30"})).status_code == 404, use
    assert (await world.visitor(world.portal).get("/consents")).status_code in {303, 401}
    async with world.portal.pool.acquire() as connection:
        assert await connection.fetch("SELECT 1 FROM exchange.consent") == []
    minor = await citizen(world, "birth_date > '2015-01-01' AND death_date IS NULL")
    with pytest.raises(NotAllowed, match="no_consent"):
        await verify(world, minor)


async def test_a_member_asks_about_consent_to_its_own_services_only(world: World) -> None:
    body = {"service": "population.matches", "client": "T01", "purpose": "verification", "person": "x"}
    question = Question(service="consents.valid", client="H24.168", provider="G22", purpose="consent", body=body)
    with pytest.raises(Exception, match="no_service"):
        await ask(world.desk, system("x", agency="H24.168"), question)


async def test_the_page_speaks_english_too(world: World) -> None:
    visitor = await world.sign_in(await someone(world), language="en")
    page = (await visitor.get("/consents")).text
    assert ("Your consents" in page, "Demonstration Bank" in page) == (True, True)
