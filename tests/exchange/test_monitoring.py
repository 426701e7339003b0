"""What the operator of a node and their machines can see of its exchanges."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import msgspec
import pytest

from dinh.exchange import Pulse, Question, ask
from dinh.exchange.monitoring import service
from dinh.exchange.monitoring.contracts import Record
from dinh.kernel import clock
from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotAllowed
from dinh.trust import Keyring, SignerUnavailable
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
RECORDS, HEALTH = "/api/exchange/v1/records", "/api/exchange/v1/health"
CASE = "case-that-nobody-sees"


async def exchanged(world: World, count: int) -> None:
    account = world.account("mother")
    body = {"number": account.username, "full_name": account.name, "years": 18}
    question = Question(service="population.identify", client="G22", provider="G01", purpose="mandate", body=body, case=CASE)
    for _ in range(count):
        await ask(world.portal, Caller(kind="person", person="p-monitored", assurance=2), question)


async def read(visitor: Visitor, **query: str) -> dict[str, object]:
    return dict((await visitor.http.get(f"{RECORDS}?{urlencode(query)}")).json())


async def test_records_are_the_operators_only(world: World) -> None:
    since = urlencode({"since": clock.now().isoformat()})
    assert (await world.visitor(world.portal).http.get(f"{RECORDS}?{since}")).status_code == 401
    assert (await (await world.sign_in(world.account("mother"), world.portal)).http.get(f"{RECORDS}?{since}")).status_code == 403


async def test_records_have_x_roads_fields_and_nothing_personal_once_a_minute_is_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    since = clock.now().isoformat()
    await exchanged(world, 5)
    operators = {
        side: await world.sign_in(world.account("operator"), node) for side, node in (("Client", world.portal), ("Producer", world.registers))
    }
    assert (await read(operators["Client"], since=since))["records"] == [], "the last minute is withheld"
    monkeypatch.setattr(service, "WITHHELD", timedelta())
    for side, operator in operators.items():
        found = await read(operator, since=since)
        records = [one for one in found["records"] if one["serviceCode"] == "population.identify"]  # type: ignore[attr-defined]
        assert [(one["securityServerType"], one["succeeded"], one["statusCode"], one["restMethod"]) for one in records] == [
            (side, True, 200, "POST")
        ] * 5
        one = records[0]
        assert (one["clientXRoadInstance"], one["clientMemberClass"], one["clientMemberCode"], one["clientSubsystemCode"]) == (
            "VN",
            "GOV",
            "G22",
            "dinh",
        )
        assert (one["serviceMemberCode"], one["serviceSubsystemCode"], one["messageProtocolVersion"]) == ("G01", "dinh", "1")
        assert one["requestInTs"] <= one["requestOutTs"] <= one["responseInTs"] <= one["responseOutTs"]
        assert min(one["requestSize"], one["responseSize"]) > 0
        assert set(one) <= {field.encode_name for field in msgspec.structs.fields(Record)}
        assert not re.search(f"{CASE}|p-monitored|{world.account('mother').username}", str(found))


async def test_pages_together_are_everything_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "WITHHELD", timedelta())
    since = clock.now().isoformat()
    await exchanged(world, 5)
    operator = await world.sign_in(world.account("operator"), world.portal)
    whole = [one["xRequestId"] for one in (await read(operator, since=since))["records"]]  # type: ignore[attr-defined]
    paged, address = [], f"{RECORDS}?{urlencode({'since': since, 'limit': '2'})}"
    while address:
        page = (await operator.http.get(address)).json()
        assert len(page["records"]) <= 2
        paged += [one["xRequestId"] for one in page["records"]]
        address = page.get("next")
    assert len(whole) >= 5
    assert paged == whole


@pytest.mark.parametrize("query", ["", "since=yesterday", "since=2026-01-01T00:00:00", "after=x~y~z", "since=2026-01-01T00:00:00Z&limit=0",
                                   "since=2026-01-01T00:00:00Z&limit=1001", "since=2026-01-01T00:00:00Z&limit=x"])  # fmt: skip
async def test_what_is_asked_wrongly_is_said(world: World, query: str) -> None:
    operator = await world.sign_in(world.account("operator"), world.portal)
    assert (await operator.http.get(f"{RECORDS}?{query}")).status_code == 422


async def test_figures_count_exchanges_by_service_side_and_outcome(world: World) -> None:
    async def figure(line: str) -> float:
        node = world.portal if 'node="portal"' in line else world.registers
        text = (await world.visitor(node).get("/metrics")).text
        return next((float(one.rpartition(" ")[2]) for one in text.splitlines() if one.startswith(line)), 0.0)

    answered = 'dinh_exchange_calls_total{node="registers",outcome="answered",service="population.identify",side="provider"}'
    before = await figure(answered)
    await exchanged(world, 3)
    assert await figure(answered) == before + 3
    assert await figure('dinh_exchange_seconds_count{node="registers",service="population.identify",side="provider"}') >= 3
    assert await figure('dinh_exchange_batch_messages_count{node="registers"}') >= 3
    assert await figure('dinh_exchange_round_calls_count{node="registers"}') >= 3
    assert await figure('dinh_exchange_links_open{node="portal"}') >= 1


async def test_names_that_a_client_made_up_do_not_become_labels(world: World) -> None:
    question = Question(service="population.person", client="G22", provider="G01", purpose="no-such-purpose", body={})
    with pytest.raises(NotAllowed):
        await ask(world.portal, Caller(kind="person", person="p", assurance=2), question)
    assert "no-such-purpose" not in (await world.visitor(world.registers).get("/metrics")).text


async def test_health_says_what_fails_and_remembers_it_for_a_while(world: World) -> None:
    visitor = world.visitor(world.registers)
    assert (await visitor.http.get(HEALTH)).json()["status"] == "up"
    world.registers.plug(Pulse, Pulse(world.registers))
    keyring = world.registers.part(Keyring)
    signer = keyring.signer

    class Gone:
        async def public(self, _handle: str) -> bytes:
            raise SignerUnavailable

    keyring.signer = Gone()  # type: ignore[assignment]
    try:
        clock.shift(40 * 365 * 86400)
        answer = await visitor.http.get(HEALTH)
    finally:
        clock.shift(0)
        keyring.signer = signer
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["certificates", "configuration", "signer"])
    assert (await visitor.http.get(HEALTH)).status_code == 503, "for half a minute"
    world.registers.plug(Pulse, Pulse(world.registers))
    assert (await visitor.http.get(HEALTH)).status_code == 200
