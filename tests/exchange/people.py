"""Providers' systems that are about persons: each service says where their numbers stand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from dinh.exchange import Edge, Right, Service
from dinh.exchange.members import Subject, Withholding
from tests.exchange.backend import WHO, Backend, offered
from tests.world import World

CLIENT = "SUBSYSTEM:VN/GOV/G22/asking"
TITLE = {"vi": "Tra cứu thử", "en": "Trial look-up"}
NOTARY = {"vi": "Việc công chứng", "en": "A notarial act"}
BODY = [Subject("body", "/person/number")]
SUBJECTS: dict[str, list[Subject]] = {
    "body": BODY, "list": [Subject("body", "/persons/number")], "query": [Subject("query", "number")], "path": [Subject("path", "2")],
    "told": BODY,
    "two": [Subject("query", "number"), Subject("body", "/person/number")], "notarial": BODY, "whole": BODY, "withheld": BODY, "people_counted": BODY,
}  # fmt: skip
RULES: dict[str, dict[str, Any]] = {
    "notarial": {"shown": "category", "title": NOTARY, "purpose": "notarial"}, "whole": {"shown": "full"},
    "withheld": {"embargo": Withholding("G01", "investigation", 30)}, "people_counted": {"daily": 1},
}  # fmt: skip


@asynccontextmanager
async def asked(world: World) -> AsyncIterator[Backend]:
    made = Backend()
    async with made.opened() as address:
        services = [
            Service(
                code=code, provider="G01", kind="tell" if code == "told" else "ask", title=TITLE, rights=[], subsystem="people", url=f"{address}/",
                subject=subject,
            )
            for code, subject in SUBJECTS.items()
        ]  # fmt: skip
        given: dict[str, Any] = {"purpose": "trial", "title": TITLE, "basis": "test", "ref": "test", "assurance": 0, "clients": [CLIENT]}
        await offered(world, [CLIENT], services, {code: Right(**given | RULES.get(code, {})) for code in SUBJECTS})
        yield made


class System:
    """The client's system, at its own node."""

    def __init__(self, world: World) -> None:
        transport = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost", headers={"X-Road-Client": "VN/GOV/G22/asking"}, timeout=60)

    async def get(self, service: str, rest: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/r1/VN/GOV/G01/people/{service}{rest}", headers=headers)

    async def post(self, service: str, body: Any, rest: str = "", **headers: str) -> httpx.Response:
        content = (
            {"content": body, "headers": {"Content-Type": "application/json"} | headers}
            if isinstance(body, bytes)
            else {"json": body, "headers": headers}
        )
        return await self.http.post(f"/r1/VN/GOV/G01/people/{service}{rest}", **content)

    async def about(self, service: str, number: str, **headers: str) -> httpx.Response:
        return await self.post(service, {"person": {"number": number}}, **headers)


async def number_of(world: World, person: str) -> str:
    async with world.registers.pool.acquire() as connection:
        return str(await connection.fetchval("SELECT number FROM registers.person WHERE ref = $1", person))


async def entries_of_call(world: World, answer: httpx.Response) -> list[Any]:
    """What the provider's node wrote down for this exchange."""
    async with world.registers.read(WHO) as tx:
        return await tx.all("SELECT * FROM exchange.access WHERE message = $1::text::uuid ORDER BY id", answer.headers["x-road-request-id"])
