"""A warehouse for tests: real papers, persons whom no other test knows, shares and what their holders see."""

import base64
import re
from uuid import uuid4

import httpx

from dinh.exchange import Question
from dinh.kernel import ids
from dinh.kernel.caller import system
from dinh.vault import deposit
from tests.flows import births
from tests.world import Visitor, World

TITLE = {"vi": "Giấy khai sinh", "en": "Birth certificate"}
PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"}
DESKTOP = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
_paper: list[bytes] = []
_used: list[str] = []


async def signed_paper(world: World) -> bytes:
    """A real paper, signed by official and agency."""
    if not _paper:
        mother = await world.sign_in(world.account("mother"))
        code = await births.register_birth(world, mother, "Trần Khuê Kho")
        async with world.portal.pool.acquire() as connection:
            await connection.execute("SET ROLE dinh_system")
            document = await connection.fetchval("SELECT id FROM vault.document WHERE case_code = $1", code)
            await connection.execute("RESET ROLE")
        _paper.append((await mother.get(f"/documents/{document}/file")).content)
    return _paper[0]


async def deposited(world: World, person: str, **told: str) -> str:
    """What an agency tells the warehouse; the new document's case code."""
    case = told.pop("case", f"H24.168-{uuid4().hex[:12]}")
    agency, title = told.pop("agency", "H24.168"), told.pop("title", "")
    body = {
        "person": person, "case": case, "kind": "birth_certificate", "title": {"vi": title, "en": title} if title else TITLE, "issued_on": "2026-11-20",
        "token": ids.token(), "pdf": base64.b64encode(await signed_paper(world)).decode(), **told,
    }  # fmt: skip
    question = Question(service="vault.deposit", client=agency, provider="G22", purpose="settle", body=body, case=case)
    who = system("test", agency=agency)
    async with world.portal.write(who) as tx:
        await deposit(tx, who, question)
    return case


async def rows(world: World, sql: str, *values: object) -> list[dict[str, object]]:
    async with world.portal.pool.acquire() as connection:
        await connection.execute("SET ROLE dinh_system")
        try:
            return [dict(row) for row in await connection.fetch(sql, *values)]
        finally:
            await connection.execute("RESET ROLE")


async def id_of(world: World, case: str) -> str:
    return str((await rows(world, "SELECT id FROM vault.document WHERE case_code = $1", case))[0]["id"])


async def stranger(world: World) -> str:
    """Somebody whom no other test knows: without an account, not born by a test, and in no node's log."""
    accounts, seen = [account.username for account in world.accounts], set(_used)
    for node in world.nodes.values():
        async with node.pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL ROLE dinh_system")
            seen |= {row["person"] for row in await connection.fetch("SELECT DISTINCT person FROM exchange.access")}
    async with world.registers.pool.acquire() as connection:
        sql = "SELECT ref FROM registers.person WHERE NOT ref = ANY($1) AND NOT number = ANY($2) AND source_case IS NULL ORDER BY ref DESC LIMIT 1"
        person = await connection.fetchval(sql, list(seen), accounts)
    _used.append(person)
    return str(person)


async def owner_of_nothing(world: World, language: str = "vi") -> tuple[Visitor, str]:
    """Somebody whose warehouse no other test fills."""
    person = await stranger(world)
    return await world.arrive(person, world.portal, language), person


async def name_of(world: World, person: str) -> str:
    async with world.registers.pool.acquire() as connection:
        return str(await connection.fetchval("SELECT full_name FROM registers.person WHERE ref = $1", person))


async def lend(owner: Visitor, document: str, **typed: str) -> httpx.Response:
    data = {"share": str(uuid4()), "purpose": "school", "recipient": "Trường Tiểu học Lê Chân", "days": "7", "views": "", "other": "", **typed}
    return await owner.post(f"/documents/{document}/share", data)


def link_of(page: httpx.Response) -> str:
    """The path of the link that a share's page shows."""
    return str(re.findall(r'href="http://[^/"]+(/shared/[\w-]{43})"', page.text)[0])


async def public(world: World, path: str, headers: dict[str, str] = PHONE, language: str = "vi") -> httpx.Response:
    return await world.visitor(world.portal, language).get(path, headers=headers)
