"""Daily limits of rights: counted with the evidence at the provider's node, whatever process asks, and told to the client."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from dinh.exchange import Edge, Held, MemberKeys, Meter, Question, ask
from dinh.exchange.members import Membership
from dinh.kernel import clock
from dinh.kernel.caller import Caller
from dinh.kernel.errors import TooMany, Unavailable
from dinh.trust import BatchSignature
from tests.exchange.backend import Backend
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
HEADERS = {"X-Road-Client": "VN/GOV/G22/counted", "Accept": "application/json"}


@pytest_asyncio.fixture(loop_scope="session")
async def http(world: World, metered: Backend) -> AsyncIterator[httpx.AsyncClient]:
    metered.seen.clear()
    transport = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HEADERS, timeout=60) as client:
        yield client


def address(service: str) -> str:
    return f"/r1/VN/GOV/G01/metered/{service}/things"


def seconds_to_midnight(world: World) -> int:
    now = world.portal.country.local(clock.now())
    return int((datetime.combine(now.date() + timedelta(days=1), time.min, now.tzinfo) - now).total_seconds())


async def rows(world: World, sql: str, *values: Any) -> list[Any]:
    async with world.registers.pool.acquire() as connection:
        return list(await connection.fetch(sql, *values))


@contextmanager
def later(days: int) -> Iterator[None]:
    clock.shift(days * 86400)
    try:
        yield
    finally:
        clock.shift(0)


async def test_beyond_its_daily_limit_a_client_is_refused_until_midnight(world: World, http: httpx.AsyncClient, metered: Backend) -> None:
    for left in (2, 1, 0):
        answer = await http.post(address("three"), content=b"12345")
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"daily";q=3;w=86400'
        assert answer.headers["ratelimit"].startswith(f'"daily";r={left};t=')
    refused = await http.post(address("three"), content=b"12345")
    assert (refused.status_code, refused.json()["type"]) == (500, "server.serverproxy.quota_exceeded")
    assert "3 calls of the service three" in refused.json()["message"]
    assert abs(int(refused.headers["retry-after"]) - seconds_to_midnight(world)) <= 3
    assert len(metered.seen) == 3


async def test_what_was_counted_is_what_was_kept(world: World, http: httpx.AsyncClient) -> None:
    """Refusals too: signed and kept on both sides."""
    kept = await rows(world, "SELECT * FROM exchange.call WHERE service = 'three' AND side = 'provider'")
    assert sorted(call["refusal"] for call in kept) == ["", "", "", "exchange.quota"]
    line = (await rows(world, "SELECT * FROM exchange.meter WHERE service = 'three'"))[0]
    assert (line["client"], line["client_subsystem"], line["provider"], line["provider_subsystem"], line["purpose"]) == (
        "G22", "counted", "G01", "metered", "trial",
    )  # fmt: skip
    assert line["day"] == world.portal.country.local_date(clock.now())
    assert (line["calls"], line["refused"]) == (3, 1)
    assert line["bytes_in"] == sum(call["request_size"] for call in kept)
    assert line["bytes_out"] == sum(call["response_size"] for call in kept)
    async with world.portal.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM exchange.call WHERE service = 'three' AND refusal = 'exchange.quota'") == 1
        assert await connection.fetchval("SELECT count(*) FROM exchange.meter WHERE service = 'three'") == 0, "the provider counts"


async def test_many_at_once_get_no_more_than_the_limit(http: httpx.AsyncClient, metered: Backend) -> None:
    answers = await asyncio.gather(*[http.get(address("five")) for _ in range(40)])
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [500] * 35
    assert len(metered.seen) == 5


async def test_a_new_process_knows_what_others_counted_and_a_new_day_begins_anew(world: World, http: httpx.AsyncClient) -> None:
    assert (await http.get(address("days"))).status_code == 200
    before = world.registers.part(Meter)
    world.registers.plug(Meter, Meter(world.registers))
    assert (await http.get(address("days"))).status_code == 500
    with later(1):
        assert (await http.get(address("days"))).status_code == 200
        assert (await http.get(address("days"))).status_code == 500
    assert (await http.get(address("days"))).status_code == 500
    world.registers.plug(Meter, before)


async def test_another_process_s_calls_are_known_after_one_s_own_next_round(world: World, http: httpx.AsyncClient) -> None:
    """How far two processes can go beyond a limit together: by what the other had under way."""
    with later(1):
        assert (await http.get(address("five"))).status_code == 200
        first = world.registers.part(Meter)
        world.registers.plug(Meter, Meter(world.registers))
        for _ in range(4):
            assert (await http.get(address("five"))).status_code == 200
        world.registers.plug(Meter, first)
        statuses = [(await http.get(address("five"))).status_code for _ in range(3)]
    assert statuses == [200, 500, 500], "one call too many, with one call under way"


async def test_without_a_limit_it_is_counted_and_nothing_is_said(world: World, http: httpx.AsyncClient) -> None:
    calls = "SELECT coalesce(sum(calls), 0)::int AS calls FROM exchange.meter WHERE service = 'free'"
    before = (await rows(world, calls))[0]["calls"]
    answer = await http.get(address("free"))
    assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)
    assert (await rows(world, calls))[0]["calls"] == before + 1


async def test_what_no_right_allows_is_not_counted(world: World, http: httpx.AsyncClient) -> None:
    before = await rows(world, "SELECT count(*) FROM exchange.meter")
    for purpose in ("curious", "more-curious"):
        assert (await http.get(address("free"), headers={"Dinh-Purpose": purpose})).status_code == 500
    assert await rows(world, "SELECT count(*) FROM exchange.meter") == before


class Mute(MemberKeys):
    """A signer that is down."""

    async def sign(self, member: str, root: bytes, at: datetime) -> BatchSignature:
        raise Unavailable

    def __init__(self, keys: MemberKeys) -> None:
        self.verify = keys.verify  # type: ignore[method-assign]


async def test_what_was_not_answered_takes_nothing_of_the_limit(world: World, http: httpx.AsyncClient) -> None:
    for _ in range(3):
        assert (await http.get(address("absent"))).json()["type"].endswith("network_error"), (
            "the provider's system is down: not refused for the limit"
        )
    keys = world.registers.part(MemberKeys)
    world.registers.plug(MemberKeys, Mute(keys))
    lost = [await http.get(address("fragile")) for _ in range(2)]
    world.registers.plug(MemberKeys, keys)
    assert {answer.json()["type"] for answer in lost} == {"server.clientproxy.network_error"}
    assert [(await http.get(address("fragile"))).status_code for _ in range(2)] == [200, 500]


async def test_a_room_that_asks_is_told_when_to_come_back(world: World) -> None:
    """The platform's own services have limits, too, and their refusals carry the time across."""
    held = [node.part(Held) for node in (world.portal, world.registers)]
    before = [one.membership for one in held]
    for one in held:
        assert one.membership
        known = one.membership.configuration
        services = [
            msgspec.structs.replace(service, rights=[msgspec.structs.replace(right, daily=1) for right in service.rights])
            if service.code == "population.identify"
            else service
            for service in known.services
        ]
        one.membership = Membership(msgspec.structs.replace(known, services=services), one.membership.revocations)
    account = world.account("mother")
    body = {"number": account.username, "full_name": account.name, "years": 18}
    question = Question(service="population.identify", client="G22", provider="G01", purpose="mandate", body=body)
    try:
        with later(2):
            await ask(world.portal, Caller(kind="person", person="p", assurance=2), question)
            with pytest.raises(TooMany) as refused:
                await ask(world.portal, Caller(kind="person", person="p", assurance=2), question)
            assert abs(refused.value.retry_after - seconds_to_midnight(world)) <= 3
    finally:
        for one, membership in zip(held, before, strict=True):
            one.membership = membership
    assert (refused.value.key, refused.value.params["limit"]) == ("exchange.quota", 1)
