"""Ten thousand requests made up from a description of what systems of members may send their node, kept to and broken: each is answered in the
protocol's words, and nothing fails that nobody foresaw.
"""

from collections import Counter
from typing import Any

import httpx
import pytest
import requests

from dinh.exchange import Edge, Systems
from tests.exchange.backend import serving
from tests.flows.openapi import made_up
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
EXAMPLES, REQUESTS = 320, 10_000
TEXT = {"type": "string"}
CLIENT = {
    "name": "X-Road-Client",
    "in": "header",
    "schema": {"enum": ["VN/GOV/G22/app", "VN/GOV/G22", "VN/GOV/G01/citizens", "VN/GOV/%C4%91/app", "x"]},
}
HEADERS = [
    *[{"name": name, "in": "header", "schema": TEXT} for name in ("X-Road-Id", "X-Road-UserId", "X-Road-Issue", "Dinh-Key", "Accept")],
    {"name": "Dinh-Purpose", "in": "header", "schema": {"enum": ["trial", "trial", "prefill"]}},
    {"name": "Dinh-Assurance", "in": "header", "schema": {"type": "integer", "minimum": 0, "maximum": 3}},
]  # fmt: skip
ANSWERS = {"responses": {"200": {"description": "fine"}}}


def _path(name: str, among: list[str]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"enum": among}}


PARTS = [
    _path("m", ["G01", "G01", "G22", "none"]),
    _path("s", ["citizens", "citizens", "dinh", "none"]),
    _path("service", ["echo", "shut", "closed", "population.identify"]),
]
REST = {"name": "rest", "in": "path", "required": True, "schema": {"enum": ["things", "deep/a", "moved", "%C4%91"]}}
BODY = {
    "requestBody": {"content": {"application/json": {"schema": {}}, "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
ASKED = [{"name": name, "in": "query", "schema": TEXT} for name in ("q", "serviceCode", "xRoadInstance")]
SIGNED = [
    {"name": name, "in": "query", "required": True, "schema": {"anyOf": [{"enum": [known]}, TEXT]}}
    for name, known in {"queryId": "a", "xRoadInstance": "VN", "memberClass": "GOV", "memberCode": "G22", "subsystemCode": "app"}.items()
]
FLAGS = [{"name": name, "in": "query", "allowEmptyValue": True, "schema": TEXT} for name in ("requestOnly", "responseOnly", "unique", "force")]


def _both(parameters: list[Any]) -> dict[str, Any]:
    return {"parameters": [*parameters, *HEADERS, *ASKED], "get": ANSWERS, "post": BODY | ANSWERS, "put": BODY | ANSWERS, "delete": ANSWERS}


DESCRIBED = {
    "openapi": "3.0.3", "info": {"title": "Systems", "version": "1"},
    "paths": {
        "/r1/VN/GOV/{m}/{s}/{service}": _both([*PARTS, CLIENT]),
        "/r1/VN/GOV/{m}/{s}/{service}/{rest}/1": _both([*PARTS, REST]),
        "/api/exchange/v1/ask/{m}/{s}/{service}": _both(PARTS),
        "/api/exchange/v1/ask/{m}/{s}/{service}/{rest}/1": _both([*PARTS, REST]),
        "/api/exchange/v1/tell/{m}/{s}/{service}": {"parameters": [*PARTS, *HEADERS], "post": BODY | ANSWERS},
        "/api/exchange/v1/publish/{service}": {"parameters": [_path("service", ["birth.registered"]), *HEADERS], "post": BODY | ANSWERS},
        "/api/exchange/v1/messages/{service}": {"parameters": [_path("service", ["VN-1"]), *HEADERS], "get": ANSWERS},
        "/r1/VN/GOV/{m}/{s}/getOpenAPI": {"parameters": [*PARTS[:2], *HEADERS, *ASKED], "get": ANSWERS},
        "/r1/VN/GOV/{m}/{s}/listMethods": {"parameters": [*PARTS[:2], *HEADERS], "get": ANSWERS},
        "/listClients": {"parameters": [CLIENT, *HEADERS, *ASKED], "get": ANSWERS},
        "/asic": {"parameters": [*SIGNED, *FLAGS, *HEADERS], "get": ANSWERS},
        "/verificationconf": {"get": ANSWERS},
    },
}  # fmt: skip


async def test_nothing_that_a_system_sends_fails_unforeseen(world: World) -> None:
    cases = made_up(DESCRIBED, EXAMPLES)
    assert len(cases) >= REQUESTS, len(cases)
    seen: Counter[int] = Counter()
    async with serving(world) as backend:
        world.registers.plug(Systems, backend.outward)
        transport = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers={"X-Road-Client": "VN/GOV/G22/app"}, timeout=60
        ) as http:
            for case in cases:
                answer = await _send(http, case)
                seen[answer.status_code] += 1
                assert not _unforeseen(answer), (case.as_curl_command(), answer.text)
    assert min(seen[200], seen[400]) > 100, seen


async def _send(http: httpx.AsyncClient, case: Any) -> httpx.Response:
    given = case.as_transport_kwargs(base_url="http://localhost")
    kept = {key: value for key, value in given.items() if key in {"method", "url", "headers", "params", "data", "json", "cookies"}}
    prepared = requests.Request(**kept).prepare()
    headers = [(name.encode("latin-1"), str(value).encode("utf-8")) for name, value in prepared.headers.items()]
    body = prepared.body if isinstance(prepared.body, str | bytes) else None
    return await http.request(prepared.method or "GET", prepared.url or "", headers=headers, content=body)


def _unforeseen(answer: httpx.Response) -> bool:
    """X-Road's protocol says 500 for a denied right, too: there the type tells what was foreseen. Our own interface has true statuses."""
    if "problem+json" in answer.headers.get("content-type", ""):
        return answer.status_code == 500
    if said := answer.headers.get("x-road-error"):
        return bool(said.endswith("internal_error"))
    return answer.status_code >= 500
