"""Who may tell whom, and who learns what became of a message."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

from dinh.exchange import (
    Question,
    membership_of,
    take_receipt,
)
from dinh.exchange.gateway import Envelope, Kind, exchange, refusal_of
from dinh.exchange.gateway.rules import write
from dinh.kernel import clock, ids
from dinh.kernel.errors import NotFound
from tests.exchange.backend import WHO
from tests.exchange.mailbox import MAILBOX, NOSY, ROOT, TELL, TELLER, Mailbox, client_of, round_of, settled, state
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def http(world: World, box: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    assert box.says == 200
    async with client_of(world.portal, TELLER) as client:
        yield client


@pytest.mark.parametrize(
    ("verb", "path", "headers", "status", "key"),
    [
        ("POST", f"{ROOT}/tell/G01/mailbox/notice/secret", {}, 403, "exchange.no_right"),
        ("POST", TELL, {"Dinh-Purpose": "curious"}, 403, "exchange.no_right"),
        ("POST", TELL, {"X-Road-Client": "VN/GOV/G22/nosy"}, 403, "exchange.no_right"),
        ("POST", TELL, {"X-Road-Client": "VN/GOV/G22/app2"}, 403, "exchange.no_system"),
        ("POST", TELL, {"X-Road-Client": "VN/GOV/G01/mailbox"}, 403, "exchange.no_system"),
        ("POST", f"{ROOT}/tell/G01/mailbox/news", {}, 202, ""),
        ("POST", f"{ROOT}/tell/G01/mailbox/none", {}, 404, "exchange.no_service"),
        ("GET", TELL, {}, 404, "exchange.no_service"),
        ("POST", f"{ROOT}/ask/G01/mailbox/notice", {}, 404, "exchange.no_service"),
        ("POST", f"{ROOT}/tell/G01/platform/population.person", {"Dinh-Purpose": "prefill"}, 404, "exchange.no_service"),
        ("POST", f"{ROOT}/tell/G01/mailbox", {}, 400, "exchange.bad_path"),
        ("POST", f"{ROOT}/tell/G01/mailbox/notice/..%2fx", {}, 400, "exchange.bad_path"),
        ("POST", TELL, {"X-Road-Id": "a/b"}, 400, "exchange.bad_header"),
        ("POST", TELL, {"X-Road-Id": "x" * 121}, 400, "exchange.bad_header"),
        ("POST", f"{ROOT}/messages/x", {}, 400, "exchange.bad_path"),
        ("GET", f"{ROOT}/messages/unknown", {}, 404, "exchange.no_message"),
        ("POST", f"{ROOT}/publish/none", {}, 404, "exchange.no_topic"),
        ("POST", f"{ROOT}/publish/birth.registered", {}, 403, "exchange.no_right"),
        ("GET", f"{ROOT}/publish/trial.news", {}, 400, "exchange.bad_path"),
    ],
)  # fmt: skip
async def test_rights_and_forms_are_those_of_a_question(
    world: World, http: httpx.AsyncClient, box: Mailbox, verb: str, path: str, headers: dict[str, str], status: int, key: str
) -> None:
    request = http.build_request(verb, "http://localhost/", headers=headers, content=b'{"what": 1}' if verb == "POST" else None)
    request.url = request.url.copy_with(raw_path=path.encode())
    answer = await http.send(request)
    assert answer.status_code == status, answer.text
    if key:
        assert (answer.headers["content-type"], answer.json()["type"]) == ("application/problem+json", f"urn:dinh:problem:{key}")
        await settled(world)
        assert box.calls == []


async def test_a_node_takes_a_service_only_as_what_it_is(world: World, box: Mailbox) -> None:
    """Whatever the client's node lets pass: a told message is fresh for a month, and a question is known for minutes."""
    names = membership_of(world.portal).names
    cases: list[tuple[Kind, str, str]] = [("tell", "population.person", "prefill"), ("ask", "exchange.receipt", "receipt")]
    for kind, service, purpose in cases:
        envelope = Envelope(
            id=ids.new_id(), message_id=f"VN-{ids.new_id()}", kind=kind, client="G22", provider="G01", service=service, purpose=purpose,
            sent_at=clock.now(), assurance=2,
        )  # fmt: skip
        response, body = await exchange(world.portal, write(envelope, names), envelope, b"{}")
        refused = refusal_of(response, body)
        assert (type(refused), refused and refused.key) == (NotFound, "exchange.no_service")
    assert box.calls == []


async def test_nobody_else_learns_of_a_message(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:
    assert box.calls == []
    await http.post(TELL, content=b"ours", headers={"X-Road-Id": "ours-1"})
    await settled(world)
    for node, subsystem in ((world.portal, NOSY), (world.registers, MAILBOX)):
        async with client_of(node, subsystem) as other:
            answer = await other.get(f"{ROOT}/messages/ours-1")
            assert answer.status_code == (404 if subsystem == NOSY else 200)
    async with client_of(world.portal, TELLER) as forged:
        forged.headers["X-Road-Client"] = "VN/GOV/G01/mailbox"
        assert (await forged.get(f"{ROOT}/messages/ours-1")).status_code == 403
    # The same name of another system's is another message.
    async with world.portal.write(WHO) as tx:
        await tx.run("UPDATE exchange.outbox SET sender_subsystem = 'nosy' WHERE message_id = 'ours-1'")
    assert (await http.get(f"{ROOT}/messages/ours-1")).status_code == 404


async def test_a_receipt_counts_from_the_receiver_only(world: World, http: httpx.AsyncClient, box: Mailbox) -> None:

    box.says = 503
    await http.post(TELL, content=b"mine", headers={"X-Road-Id": "forge-1"})
    await round_of(world)
    body = {"message": "forge-1", "subsystem": "teller", "receipt": "processed", "of": clock.now().isoformat(), "refusal": "", "told": None}
    for client in ("H24.101", "G24", "G22"):
        async with world.portal.write(WHO) as tx:
            with pytest.raises(NotFound):
                await take_receipt(tx, WHO, Question(service="exchange.receipt", client=client, provider="G22", purpose="receipt", body=body))
    # A refusal of a try that is no longer this one is history; a word that it was processed is not.
    async with world.portal.write(WHO) as tx:
        old = {**body, "receipt": "refused", "of": (clock.now() - timedelta(days=1)).isoformat()}
        await take_receipt(tx, WHO, Question(service="exchange.receipt", client="G01", provider="G22", purpose="receipt", body=old))
    assert (await state(http, "forge-1"))["state"] == "delivered"
