"""Information systems of members speak X-Road's protocol r1 with their node, through HTTP; the provider's system is a real server."""

import asyncio
import base64
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from lxml import etree

from dinh.app.setup import connect
from dinh.exchange import Edge, Service, add_service, admit, dismiss
from dinh.exchange.messages import request_hash
from dinh.exchange.systems import rules
from dinh.trust import is_step
from tests.exchange.backend import CLIENT, WHO, Backend, admitted
from tests.exchange.people import System, number_of
from tests.flows.registry import answering, offline, online, reachable
from tests.flows.warehouse import stranger
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
HEADERS = {"X-Road-Client": "VN/GOV/G22/app", "Accept": "application/json"}
ECHO, SHUT = "/r1/VN/GOV/G01/citizens/echo", "/r1/VN/GOV/G01/citizens/shut"


@pytest_asyncio.fixture(loop_scope="session")
async def http(world: World, backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    """At the listener for systems."""
    backend.seen.clear()
    transport = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HEADERS) as client:
        yield client


async def _kept(world: World, side: str, answer: httpx.Response) -> Any:
    node = world.portal if side == "client" else world.registers
    async with node.pool.acquire() as connection:
        return await connection.fetchrow(
            "SELECT * FROM exchange.call WHERE side = $1 AND id = $2::text::uuid", side, answer.headers["x-road-request-id"]
        )


async def test_a_request_reaches_the_providers_system_as_it_was_sent_and_its_answer_comes_back(
    world: World, http: httpx.AsyncClient, backend: Backend
) -> None:
    sent = {
        "X-Road-Id": "abc-1",
        "X-Road-UserId": "VN012345678901",
        "X-Road-Issue": "case-7",
        "Authorization": "Bearer x",
        "Content-Type": "text/plain",
    }
    answer = await http.post(f"{ECHO}/things/1?full=yes&q=%C4%91", content="nội dung".encode(), headers=sent)
    assert (answer.status_code, answer.content.decode()) == (200, "nội dung")
    seen = backend.seen[0]
    assert (seen["method"], seen["target"], seen["body"].decode()) == ("POST", "/base/things/1?full=yes&q=%C4%91", "nội dung")
    assert {seen["headers"][name] for name in ("x-road-userid", "authorization", "content-type")} == {"VN012345678901", "Bearer x", "text/plain"}
    assert answer.headers["x-custom"] == "kept"
    for name, value in {"x-road-id": "abc-1", "x-road-client": "VN/GOV/G22/app", "x-road-service": "VN/GOV/G01/citizens/echo"}.items():
        assert answer.headers[name] == value
    assert "x-road-error" not in answer.headers
    for side in ("client", "provider"):
        kept = await _kept(world, side, answer)
        assert (kept["message_id"], kept["client"], kept["provider"], kept["service"], kept["purpose"], kept["case_code"]) == (
            "abc-1", "G22", "G01", "echo", "trial", "case-7",
        )  # fmt: skip


async def test_the_hash_of_the_request_is_that_of_the_very_bytes_that_were_signed(world: World, http: httpx.AsyncClient) -> None:
    import msgspec

    from dinh.kernel import keys

    answer = await http.post(f"{ECHO}/things/2", content=b"{}")
    kept = await _kept(world, "client", answer)
    async with world.portal.read(WHO) as tx:
        row = await tx.one("SELECT key, sealed FROM exchange.content WHERE call = $1 AND side = 'client'", kept["id"])
        assert row is not None
        message, body, _, _ = msgspec.msgpack.decode((await keys.by_id(tx, row["key"])).decrypt(row["sealed"], kept["id"].bytes))
    assert request_hash(message, body) == answer.headers["x-road-request-hash"]
    assert message.startswith(b"POST\r\n/r1/VN/GOV/G01/citizens/echo/things/2\r\nX-Road-Client:VN/GOV/G22/app\r\n")
    assert b"Dinh-Purpose:trial\r\n" in message
    assert b"Dinh-Legal-Basis:123/2026/N%C4%90-CP\r\n" in message


async def test_an_error_of_the_providers_system_passes_as_it_is(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{ECHO}/things/teapot")
    assert (answer.status_code, answer.text, "x-road-error" in answer.headers) == (418, "short and stout", False)
    assert (await http.get(f"{ECHO}/things/moved")).status_code == 302


@pytest.mark.parametrize(
    ("path", "headers", "status", "kind"),
    [
        (f"{ECHO}/secret", {}, 500, "server.clientproxy.access_denied"),
        ("/r1/VN/GOV/G01/citizens/closed", {}, 500, "server.clientproxy.access_denied"),
        ("/r1/VN/GOV/G01/citizens/nothing", {}, 500, "server.clientproxy.unknown_service"),
        ("/r1/VN/GOV/X99/citizens/echo", {}, 500, "server.clientproxy.unknown_member"),
        ("/r1/VN/COM/G01/citizens/echo", {}, 500, "server.clientproxy.unknown_member"),
        ("/r1/VN/GOV/G01", {}, 400, "client.bad_request"),
        (f"{ECHO}/things/%2e%2e/secret", {}, 400, "client.bad_request"),
        (f"{ECHO}/things/..%2fsecret", {}, 400, "client.bad_request"),
        (f"{ECHO}//things/1", {}, 400, "client.bad_request"),
        (f"{ECHO}/things/1", {"X-Road-Client": "nonsense"}, 400, "client.invalid_client_identifier"),
        (f"{ECHO}/things/1", {"X-Road-Client": "XX/GOV/G22/app"}, 500, "server.clientproxy.unknown_member"),
        (f"{ECHO}/things/1", {"X-Road-Client": "VN/GOV/G22/other"}, 500, "server.clientproxy.access_denied"),
        (f"{ECHO}/things/1", {"X-Road-Client": "VN/GOV/G01/citizens"}, 500, "server.clientproxy.access_denied"),
        (f"{ECHO}/things/1", {"Dinh-Purpose": "curious"}, 500, "server.clientproxy.access_denied"),
        (f"{ECHO}/things/1", {"Dinh-Assurance": "high"}, 400, "client.bad_request"),
        (f"{SHUT}/things/1", {}, 500, "server.clientproxy.service_failed.network_error"),
    ],
)  # fmt: skip
async def test_what_is_refused_says_so_in_x_roads_words(
    http: httpx.AsyncClient, backend: Backend, path: str, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = await http.get(path, headers=headers)
    assert (answer.status_code, answer.headers["x-road-error"], answer.json()["type"]) == (status, kind, kind)
    assert set(answer.json()) == {"type", "message", "detail"}
    assert backend.seen == []


async def test_errors_are_xml_for_whoever_asks_and_in_the_old_spelling_where_it_is_set(world: World, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{ECHO}/secret", headers={"Accept": "text/*, application/pdf"})
    assert answer.headers["content-type"].startswith("text/xml")
    assert "<error><type>server.clientproxy.access_denied</type><message>" in answer.text
    transport = httpx.ASGITransport(app=Edge(world.portal, network=True, spelling="camel"))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HEADERS) as old:
        assert (await old.get(f"{ECHO}/secret")).json()["type"] == "Server.ClientProxy.AccessDenied"
    assert rules.camel("server.serverproxy.service_failed.network_error") == "Server.ServerProxy.ServiceFailed.NetworkError"


async def test_headers_that_only_a_node_sets_cannot_be_forged(http: httpx.AsyncClient, backend: Backend) -> None:
    forged = {
        "X-Road-Request-Id": "1",
        "Dinh-Person": "someone",
        "Dinh-Post": "minister",
        "Dinh-Sent-At": "2000-01-01T00:00:00+00:00",
        "Dinh-Kind": "tell",
    }
    answer = await http.get(f"{ECHO}/things/1", headers=forged)
    assert answer.status_code == 200
    seen = backend.seen[0]["headers"]
    assert seen["x-road-request-id"] == answer.headers["x-road-request-id"] != "1"
    assert not {"dinh-person", "dinh-post", "dinh-kind", "dinh-key"} & set(seen)
    assert seen["dinh-sent-at"].startswith("20")
    assert not seen["dinh-sent-at"].startswith("2000")


async def test_on_the_main_port_a_system_needs_its_key(world: World, backend: Backend) -> None:
    visitor = world.visitor(world.portal)
    url = f"{ECHO}/things/1"
    assert (await visitor.http.get(url, headers=HEADERS)).headers["x-road-error"] == "server.clientproxy.access_denied"
    async with world.portal.write(WHO) as tx:
        key = await admit(tx, WHO, CLIENT, "key")
        await admit(tx, WHO, "SUBSYSTEM:VN/GOV/G22/other", "key")
    assert key
    fresh = Edge(world.portal, network=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=fresh), base_url="http://localhost", headers=HEADERS) as client:  # type: ignore[arg-type]
        assert (await client.get(url, headers={"Dinh-Key": key})).status_code == 200
        assert (await client.get(url, headers={"Dinh-Key": key + "x"})).status_code == 500
        assert (await client.get(url, headers={"Dinh-Key": key, "X-Road-Client": "VN/GOV/G22/other"})).status_code == 500
    async with world.portal.write(WHO) as tx:
        await dismiss(tx, WHO, CLIENT)
        await admit(tx, WHO, CLIENT, "network")
    again = Edge(world.portal, network=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=again), base_url="http://localhost", headers=HEADERS) as client:  # type: ignore[arg-type]
        assert (await client.get(url, headers={"Dinh-Key": key})).status_code == 500


async def test_govstacks_name_of_the_client_and_paths_without_r1_work(http: httpx.AsyncClient, backend: Backend) -> None:
    answer = await http.get(ECHO.removeprefix("/r1") + "/things/1", headers={"X-Road-Client": "", "Information-Mediator-Client": "VN/GOV/G22/app"})
    assert (answer.status_code, backend.seen[0]["target"]) == (200, "/base/things/1")


async def test_who_is_there_and_what_may_be_called_is_told(http: httpx.AsyncClient) -> None:
    members = (await http.get("/listClients")).json()["member"]
    assert {"xroad_instance": "VN", "member_class": "GOV", "member_code": "G01", "object_type": "SUBSYSTEM", "subsystem_code": "citizens"} in [
        member["id"] for member in members
    ]
    listed = (await http.get("/r1/VN/GOV/G01/citizens/listMethods")).json()["service"]
    assert {"closed", "echo", "shut"} <= {one["service_code"] for one in listed}
    allowed = (await http.get("/r1/VN/GOV/G01/citizens/allowedMethods")).json()["service"]
    assert [one["service_code"] for one in allowed] == ["echo", "shut"]
    assert allowed[0]["endpoint_list"] == [
        {"method": "GET", "path": "/"},
        {"method": "*", "path": "/things/*"},
        {"method": "POST", "path": "/deep/**"},
    ]
    assert (await http.get("/r1/VN/GOV/G01/none/listMethods")).json()["type"] == "server.clientproxy.unknown_member"


async def test_a_service_of_a_room_is_reached_by_the_same_protocol(world: World, backend: Backend) -> None:
    """The platform's own subsystem, as another system of the member asks it. What a room refuses passes as the room's word."""
    async with admitted(world.portal, "SUBSYSTEM:VN/GOV/G22/dinh"):
        person = await world.person(world.account("mother"))
        transport = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
        headers = {"X-Road-Client": "VN/GOV/G22/dinh", "Dinh-Purpose": "mandate", "Dinh-Assurance": "2"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            body = {"number": world.account("mother").username, "full_name": world.account("mother").name, "years": 18}
            answer = await client.post("/r1/VN/GOV/G01/dinh/population.identify", json=body)
            assert (answer.status_code, answer.json()["ref"]) == (200, person)
            assert not [name for name in answer.headers if name.startswith("dinh-")], "a person's references are nothing for a system"
            refused = await client.post("/r1/VN/GOV/G01/dinh/population.identify", json=body | {"full_name": "Không Ai"})
            assert (refused.status_code, "x-road-error" in refused.headers) == (404, False)
            assert (await client.get("/r1/VN/GOV/G01/dinh/population.identify")).json()["type"] == "server.serverproxy.unknown_service"


async def test_a_large_body_goes_through_and_one_too_large_is_refused(http: httpx.AsyncClient, backend: Backend) -> None:
    body = b"x" * 3_000_000
    assert (await http.post(f"{ECHO}/deep/a/b", content=body)).content == body
    answer = await http.post(f"{ECHO}/deep/a/b", content=b"x" * (10 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["type"]) == (400, "client.bad_request")


async def test_a_body_that_cannot_be_signed_is_refused_and_takes_nobody_along(http: httpx.AsyncClient) -> None:
    """It has the form of a step of the hash tree. What waits for the same signature goes on."""
    step = b"\x30\x6f\x30\x6d\x04\x40" + bytes(64) + b"\x0c\x27http://www.w3.org/2001/04/xmlenc#sha512\x30\x00"
    assert is_step(step)
    answers = await asyncio.gather(*[http.post(f"{ECHO}/deep/a", content=step if at == 3 else b"fine") for at in range(8)])
    assert [answer.status_code for answer in answers] == [200, 200, 200, 400, 200, 200, 200, 200]
    assert answers[3].json()["type"] == "client.bad_request"


async def test_names_with_other_letters_are_matched_and_forwarded_as_the_same_bytes(http: httpx.AsyncClient, backend: Backend) -> None:
    name = quote("Nguyễn Khuê")
    assert (await http.get(f"{ECHO}/things/{name}")).status_code == 200
    assert backend.seen[0]["target"] == f"/base/things/{name}"


async def test_a_zero_byte_that_no_database_keeps_takes_nobody_along(world: World, asking: System) -> None:
    """What is kept in one round is kept together: one header must not undo the evidence, and so the answers, of the others."""
    number = await number_of(world, await stranger(world))
    for service, header in (("body", "X-Road-Issue"), ("withheld", "Dinh-Order")):
        bad, *good = await asyncio.gather(asking.about(service, number, **{header: "a%00b"}), *[asking.about("body", number) for _ in range(8)])
        assert bad.json()["type"] in {"client.bad_request", "server.clientproxy.bad_request"}
        assert [answer.status_code for answer in good] == [200] * 8


async def test_both_sides_keep_a_case_under_the_same_name(world: World, asking: System) -> None:
    answer = await asking.about("body", await number_of(world, await stranger(world)), **{"X-Road-Issue": "H24-%C4%90"})
    for node in (world.portal, world.registers):
        async with node.read(WHO) as tx:
            cases = await tx.all("SELECT case_code FROM exchange.call WHERE id = $1::text::uuid", answer.headers["x-road-request-id"])
        assert [row["case_code"] for row in cases] == ["H24-Đ"]


async def test_a_header_that_would_carry_another_is_refused(world: World) -> None:
    """Below HTTP libraries, which would not send it."""
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        told.append(message)

    headers = [(b"x-road-client", b"VN/GOV/G22/app"), (b"x-road-userid", b"a\r\nX-Road-Issue: b")]
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{ECHO}/things/1",
        "raw_path": f"{ECHO}/things/1".encode(),
        "query_string": b"",
        "headers": headers,
    }
    await Edge(world.portal, network=True)(scope, receive, send)
    assert told[0]["status"] == 400
    assert json.loads(told[1]["body"])["type"] == "client.bad_request"


async def test_a_client_reads_a_services_openapi_document(world: World, backend: Backend) -> None:
    """Fetched from the registry by its digest, believed only with it, and then kept; servers are where the client can ask."""
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Land", "version": "1"},
        "servers": [{"url": "http://10.0.0.1"}],
        "paths": {"/parcels/{id}": {"get": {}}},
    }
    service = Service(code="described", provider="G01", kind="ask", title={"en": "Land"}, rights=[], subsystem="citizens", url="http://127.0.0.1:9/")
    client = "SUBSYSTEM:VN/GOV/G01/citizens"
    async with world.portal.write(WHO) as tx:
        await add_service(tx, WHO, service, json.dumps(document))
    await connect(world.nodes, lambda _: None)
    async with world.registers.write(WHO) as tx:
        await admit(tx, WHO, client, "network")
    transport = httpx.ASGITransport(app=Edge(world.registers, network=True))  # type: ignore[arg-type]
    asked, plain = "/r1/VN/GOV/G01/citizens/getOpenAPI?serviceCode=", {"X-Road-Client": "VN/GOV/G01/citizens"}
    async with reachable(world), httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=plain) as http:
        answering(world, 200, b'{"openapi": "3.0.3", "paths": {}}')
        assert (await http.get(asked + "described")).json()["type"] == "server.clientproxy.network_error"
        offline(world)
        assert (await http.get(asked + "described")).json()["type"] == "server.clientproxy.network_error"
        online(world)
        told = (await http.get(asked + "described")).json()
        assert (told["paths"], told["servers"]) == (document["paths"], [{"url": "/r1/VN/GOV/G01/citizens/described"}])
        offline(world)
        assert (await http.get(asked + "described")).json() == told
        room = (await http.get("/r1/VN/GOV/G01/dinh/getOpenAPI?serviceCode=population.identify")).json()
        assert list(room["paths"]["/"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"])
        for wrong in ("echo", "", "described&serviceCode=echo"):
            assert (await http.get(asked + wrong)).status_code in {400, 500}
        assert (await http.get(asked + "echo")).json()["type"] == "client.bad_request"
        assert (await http.get(asked + "none")).json()["type"] == "server.clientproxy.unknown_service"


async def test_x_roads_verifier_is_told_whom_to_trust(world: World, http: httpx.AsyncClient) -> None:
    answer = await http.get("/verificationconf", headers={"X-Road-Client": ""})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("verificationconf/instance-identifier") == b"VN"
        root = etree.fromstring(archive.read("verificationconf/VN/shared-params.xml"))
    assert root.tag == "{http://x-road.eu/xsd/xroad.xsd}conf"
    trusted = [x509.load_der_x509_certificate(base64.b64decode(text)) for text in root.xpath("approvedCA/topCA/cert/text()")]
    assert [one.subject.rfc4514_string() for one in trusted] == root.xpath("approvedCA/name/text()")
    stamping = [x509.load_der_x509_certificate(base64.b64decode(text)) for text in root.xpath("approvedTSA/cert/text()")]
    assert all(one.issuer == trusted[0].subject for one in stamping)
    assert root.xpath("approvedTSA/url/text()")[0].endswith("/tsa")
    member = root.xpath("member[memberCode='G22']")[0]
    assert member.xpath("subsystem/subsystemCode/text()")[:2] == ["dinh", "app"]
    owners = set(root.xpath("securityServer/owner/text()"))
    assert owners <= set(root.xpath("member/@id"))
    assert len(owners) >= 1
