"""Our own interface beside X-Road's: the same questions and systems, with true statuses and problems (RFC 9457)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
import pytest_asyncio

from dinh.exchange import Edge, MemberKeys, admit
from tests.exchange.backend import WHO, Backend, admitted
from tests.exchange.conftest import METERED_CLIENT
from tests.exchange.test_metering import HEADERS, Mute, seconds_to_midnight
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
ASK = "/api/exchange/v1/ask"
ECHO = f"{ASK}/G01/citizens/echo"
APP = {"X-Road-Client": "VN/GOV/G22/app"}


@pytest_asyncio.fixture(loop_scope="session")
async def http(world: World, backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    backend.seen.clear()
    transport = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=APP, timeout=60) as client:
        yield client


async def test_a_question_arrives_as_x_roads_does_and_is_the_same_evidence(world: World, http: httpx.AsyncClient, backend: Backend) -> None:
    answer = await http.post(f"{ECHO}/things/1?full=yes&q=%C4%91", content="nội dung".encode(), headers={"X-Road-Id": "mine-1"})
    assert (answer.status_code, answer.content.decode(), answer.headers["x-custom"]) == (200, "nội dung", "kept")
    assert backend.seen[0]["target"] == "/base/things/1?full=yes&q=%C4%91"
    for node in (world.portal, world.registers):
        async with node.pool.acquire() as connection:
            assert await connection.fetchval("SELECT count(*) FROM exchange.call WHERE message_id = 'mine-1'") == 1


async def test_an_error_of_the_providers_system_passes_as_it_is(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{ECHO}/things/teapot")
    assert (answer.status_code, answer.text) == (418, "short and stout")


@pytest.mark.parametrize(
    ("path", "headers", "status", "key"),
    [
        (f"{ECHO}/secret", {}, 403, "exchange.no_right"),
        (f"{ECHO}/things/1", {"Dinh-Purpose": "curious"}, 403, "exchange.no_right"),
        (f"{ECHO}/things/1", {"X-Road-Client": "VN/GOV/G22/other"}, 403, "exchange.no_system"),
        (f"{ECHO}/things/1", {"X-Road-Client": "nonsense"}, 400, "exchange.bad_identifier"),
        (f"{ECHO}/things/1", {"X-Road-Client": ""}, 400, "exchange.bad_identifier"),
        (f"{ECHO}/things/1", {"Dinh-Assurance": "high"}, 400, "exchange.bad_header"),
        (f"{ASK}/G01/citizens/nothing", {}, 404, "exchange.no_service"),
        (f"{ASK}/X99/citizens/echo", {}, 404, "exchange.no_member"),
        (f"{ASK}/G01/citizens", {}, 400, "exchange.bad_path"),
        (f"{ASK}/", {}, 400, "exchange.bad_path"),
        (f"{ECHO}/things/%2e%2e/secret", {}, 400, "exchange.bad_path"),
        (f"{ECHO}/things/..%2fsecret", {}, 400, "exchange.bad_path"),
        (f"{ASK}/G01%2fcitizens/echo/things/1", {}, 400, "exchange.bad_path"),
        (f"{ECHO}//things/1", {}, 400, "exchange.bad_path"),
        (f"{ASK}/G01/citizens/shut/things/1", {}, 502, "exchange.system_down"),
    ],
)  # fmt: skip
async def test_what_is_refused_is_a_problem(
    http: httpx.AsyncClient, backend: Backend, path: str, headers: dict[str, str], status: int, key: str
) -> None:
    request = http.build_request("GET", "http://localhost/", headers=headers)
    request.url = request.url.copy_with(raw_path=path.encode())
    answer = await http.send(request)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told = answer.json()
    assert (told["type"], told["status"]) == (f"urn:dinh:problem:{key}", status)
    assert set(told) == {"type", "title", "status", "detail", "trace"}
    assert "x-road-error" not in answer.headers
    assert backend.seen == []


async def test_what_is_too_large_says_so(http: httpx.AsyncClient) -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield bytes(1024 * 1024)

    assert (await http.post(f"{ECHO}/things/1", content=large())).status_code == 413


@contextmanager
def mute(world: World) -> Iterator[None]:
    keys = world.portal.part(MemberKeys)
    world.portal.plug(MemberKeys, Mute(keys))
    try:
        yield
    finally:
        world.portal.plug(MemberKeys, keys)


async def test_what_will_be_back_says_when(world: World, http: httpx.AsyncClient) -> None:
    with mute(world):
        answer = await http.get(f"{ECHO}/things/1")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_provider_that_takes_too_long_is_told_apart_from_one_that_is_down(
    world: World, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dinh.exchange.gateway.service.TIMEOUT", 0.2)
    answer = await http.get(f"{ECHO}/things/slow")
    assert (answer.status_code, answer.json()["type"]) == (504, "urn:dinh:problem:exchange.no_answer")
    # The provider's system answers in the end.
    await asyncio.sleep(5.5)


async def test_a_limit_is_told_and_beyond_it_429(world: World, metered: Backend, http: httpx.AsyncClient) -> None:
    url, headers = f"{ASK}/G01/metered/shown/things", {"X-Road-Client": HEADERS["X-Road-Client"]}
    answers = [await http.get(url, headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit"].partition(";t=")[0] for answer in answers] == [f'"daily";r={left}' for left in (2, 1, 0, 0)]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"daily";q=3;w=86400'}
    assert abs(int(answers[3].headers["retry-after"]) - seconds_to_midnight(world)) <= 3
    assert answers[3].json()["type"] == "urn:dinh:problem:exchange.quota"


async def test_a_refusal_of_a_room_is_a_problem_too(world: World) -> None:
    async with admitted(world.portal, "SUBSYSTEM:VN/GOV/G22/dinh"):
        transport = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
        headers = {"X-Road-Client": "VN/GOV/G22/dinh", "Dinh-Purpose": "mandate", "Dinh-Assurance": "2"}
        body = {"number": world.account("mother").username, "full_name": "Không Ai", "years": 18}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            answer = await client.post(f"{ASK}/G01/dinh/population.identify", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert not [name for name in answer.headers if name.startswith("dinh-")]


async def test_on_the_main_port_a_key_opens_it(world: World, metered: Backend) -> None:
    visitor = world.visitor(world.portal)
    url = f"{ASK}/G01/metered/free/things"
    assert (await visitor.http.get(url, headers=HEADERS)).status_code == 403
    async with world.portal.write(WHO) as tx:
        key = await admit(tx, WHO, METERED_CLIENT, "key")
    assert key
    fresh = Edge(world.portal, network=False)
    assert fresh.takes(url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=fresh), base_url="http://localhost") as client:  # type: ignore[arg-type]
        assert (await client.get(url, headers=HEADERS | {"Dinh-Key": key})).status_code == 200
        assert (await client.get(url, headers=HEADERS)).status_code == 403
