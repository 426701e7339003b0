"""An engineer tries a service: answered by its document's example, on the way of every real question, and never by the system that offers it."""

import asyncio
import datetime as dt
import html
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dinh.app.setup import connect
from dinh.app.signatures import trusted_roots
from dinh.exchange import Right, RightEntry, Sandbox, Service, SubsystemEntry, Systems, add_service, admit, membership_of, register, register_all
from dinh.exchange.systems.outward import HttpSystems
from dinh.exchange.systems.service import LOOK_AGAIN_SECONDS
from dinh.kernel.settings import ROOT
from dinh.trust import verify_container
from tests.exchange.backend import TITLE, WHO
from tests.flows.registry import reachable
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
DOCUMENT = (ROOT / "examples" / "exchange" / "openapi.yaml").read_text()
TRIAL = "G01.tried.residents"
PAGE = f"/developers/exchange/{TRIAL}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def offered(world: World) -> AsyncIterator[None]:
    """A service whose own system does not exist: whoever asked it would hear so."""
    service = Service(code="residents", provider="G01", kind="ask", title=TITLE, rights=[], subsystem="tried", url="http://127.0.0.1:9")
    right = Right(purpose="trial", title=TITLE, basis="test", ref="test", assurance=0, clients=["G22"], daily=7)
    async with world.portal.write(WHO) as tx:
        await register_all(tx, WHO, [SubsystemEntry("G01", "tried"), SubsystemEntry("G22", "trying")])
        await add_service(tx, WHO, service, DOCUMENT)
        await register(tx, WHO, RightEntry("G01", "tried", "residents", "trial", right))
    await connect(world.nodes, lambda _: None)
    outward = HttpSystems()
    before = world.portal.part(Systems) if Systems in world.portal._parts else None
    world.portal.plug(Systems, Sandbox(world.portal, outward))
    yield
    await outward.close()
    if before:
        world.portal.plug(Systems, before)


async def engineer(world: World) -> Visitor:
    return await world.sign_in(world.account("operator"), world.portal)


def text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@pytest.mark.usefixtures("offered")
async def test_services_are_listed_with_what_one_may(world: World) -> None:
    visitor = await engineer(world)
    listed = (await visitor.get("/developers/exchange")).text
    assert "G01/tried/residents" in listed
    assert PAGE in listed
    assert "T02" not in listed, "the sandbox is no service to be tried"
    shown = text((await visitor.get(PAGE)).text)
    assert "GET /residents/*" in shown
    assert f"G22/{membership_of(world.portal).names.subsystem}" in shown
    assert "/api/exchange/v1/ask/G01/tried/residents/moves" in shown
    assert "curl --request POST --header" in shown, "its first endpoint is POST /moves"
    assert "--data @content.json" in shown


@pytest.mark.usefixtures("offered")
async def test_a_trial_is_answered_by_the_example_and_shows_what_was_signed(world: World) -> None:
    visitor = await engineer(world)
    async with reachable(world):
        answered = await visitor.post(f"{PAGE}/try", {"verb": "GET", "path": "/residents/000002", "body": ""})
        assert answered.status_code == 200
        shown = text(answered.text)
        assert '{"number":"000001","name":"Example Person","ward":"Ward One"}' in shown
        assert f"/r1/VN/GOV/T02/sandbox/{TRIAL}/residents/000002" in shown
        assert "Dinh-Purpose:sandbox" in shown
        assert "x-road-request-hash:" in shown.lower()
        assert "ecdsa-sha" in shown
        links = re.findall(r'href="(/developers/exchange/containers/[^"]+)"', answered.text)
        assert len(links) == 2
        for link in links:
            file = await visitor.get(html.unescape(link))
            report = await verify_container(file.content, trusted_roots(world.settings), dt.datetime.now(dt.UTC))
            assert report.verdict == "verified"


@pytest.mark.usefixtures("offered")
async def test_without_a_timestamp_the_answer_is_shown(world: World) -> None:
    visitor = await engineer(world)
    answered = await visitor.post(f"{PAGE}/try", {"verb": "POST", "path": "/moves", "body": '{"number": "1", "ward": "x"}'})
    assert answered.status_code == 200
    assert '{"taken":true}' in text(answered.text)


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"verb": "GET", "path": "/elsewhere", "body": ""}, 404),
        ({"verb": "POST", "path": "/moves", "body": ""}, 422),
        ({"verb": "GET", "path": "residents", "body": ""}, 422),
        ({"verb": "GET", "path": "/a/../b", "body": ""}, 422),
        ({"verb": "LOOK", "path": "/residents/1", "body": ""}, 422),
        ({"verb": "GET", "path": "/a\r\nx: y", "body": ""}, 422),
    ],
)
async def test_what_cannot_be_asked_is_said(world: World, said: dict[str, str], status: int) -> None:
    visitor = await engineer(world)
    answered = await visitor.post(f"{PAGE}/try", said)
    assert answered.status_code == status, text(answered.text)
    assert 'role="alert"' in answered.text


@pytest.mark.usefixtures("offered")
async def test_a_system_with_a_key_asks_the_sandbox_as_it_will_ask_the_service(world: World) -> None:
    client = "SUBSYSTEM:VN/GOV/G22/trying"
    async with world.portal.write(WHO) as tx:
        key = await admit(tx, WHO, client, "key")
    # As long as somebody who is not known may have to wait.
    await asyncio.sleep(LOOK_AGAIN_SECONDS + 0.1)
    visitor = world.visitor(world.portal)
    headers = {"dinh-key": key or "", "x-road-client": "VN/GOV/G22/trying"}
    tried = await visitor.get(f"/api/exchange/v1/ask/T02/sandbox/{TRIAL}/residents/1", headers=headers)
    assert tried.json().get("name") == "Example Person", tried.text
    real = await visitor.get("/api/exchange/v1/ask/G01/tried/residents/residents/1", headers=headers)
    assert real.status_code == 403, "the sandbox opens nothing but itself"


@pytest.mark.usefixtures("offered")
async def test_only_who_operates_the_node_sees_it(world: World) -> None:
    stranger = await world.sign_in(world.account("mother"), world.portal)
    for address in ("/developers/exchange", PAGE):
        assert (await stranger.get(address)).status_code == 403
        assert (await world.visitor(world.portal).get(address)).status_code in {302, 303, 401}
    assert (await stranger.post(f"{PAGE}/try", {"verb": "GET", "path": "/residents/1"})).status_code == 403


@pytest.mark.usefixtures("offered")
async def test_the_sandbox_has_no_more_than_documents(world: World) -> None:
    trials = [one for one in membership_of(world.portal).configuration.services if one.subsystem == "sandbox"]
    assert TRIAL in {one.code for one in trials}
    assert {one.provider for one in trials} == {"T02"}
    assert not any(one.subject for one in trials), "a trial is about nobody"
