"""Every route of every node is asked for somebody else's things, as everyone who has no right to them: nothing of theirs is shown or changed."""

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dinh.app.demo import DemoAccount
from dinh.app.rooms import OFFICIALS
from dinh.app.serve import build
from dinh.kernel.node import Node
from dinh.kernel.web.routes import page, signed_in
from dinh.kernel.web.server import Nodes, application
from dinh.kernel.web.visit import Visit
from tests.flows.victims import MARK, Victim, make, mend, state
from tests.walls.test_routes import UNSAFE, audience, handlers_of
from tests.world import Visitor, World, _nothing

pytestmark = pytest.mark.asyncio(loop_scope="session")
PARAMETER = re.compile(r"\{(\w+):\w+\}")
# What anyone may agree to for themselves.
CONSENT = "population.matches~T01~verification"
# Parameters that name nobody's things: how they are filled. A capability (a link's token) is filled with what is not one.
NOBODYS = {
    "/services/{code:str}": "1.001193", "/services/{code:str}/start": "1.001193", "/life/{code:str}": "birth", "/assets/{name:str}": "x.css",
    "/consents/{name:str}/give": CONSENT, "/consents/{name:str}/withdraw": CONSENT, "/command/units/{unit:str}": "", "/operator/jobs/{job:int}/aside": "1", "/operator/jobs/{job:int}/release": "1",
    "/api/exchange/v1/openapi/{digest:str}": "0" * 64, "/ocsp/{asked:path}": "MAA=",
    "/operator/messages/{message:uuid}/revive": "0" * 32, "/operator/messages/{message:uuid}/give-up": "0" * 32,
    "/operator/heads/{contradiction:uuid}/proof": "0" * 32, "/operator/heads/{contradiction:uuid}/settle": "0" * 32,
    "/developers/exchange/{trial:str}": "x", "/developers/exchange/{trial:str}/try": "x", "/developers/exchange/containers/{message:str}/{part:str}": "request",
}  # fmt: skip
# What a parameter is called that names somebody's thing: no good answer may come to who has no right to it.
THINGS = {"code", "application", "document", "share", "token", "notice", "intake", "delegation", "finding", "proposal", "mandate", "entry"}
# They end the asker's own session, and are asked last.
ENDINGS = ("/session/end", "/logout")
PARTS = {
    "/applications/{application:uuid}/{name:str}": ["child", "review"], "/cases/{code:str}/slips/{name:str}": ["receipt", "supplement-1"],
    "/cases/{code:str}/slips/{name:str}/pdf": ["receipt", "supplement-1"], "/desk/{code:str}/slips/{name:str}": ["receipt", "supplement-1"],
    "/desk/{code:str}/slips/{name:str}/pdf": ["receipt", "supplement-1"], "/desk/{code:str}/files/{field:str}": ["birth_notice"],
    "/desk/{code:str}/papers/{field:str}": ["birth_notice"],
    "/my-data/proof/{node:str}/{entry:uuid}": ["registers"],
    "/notices/settings/{name:str}/choose": ["email"], "/notices/settings/{name:str}/code": ["email"],
    "/notices/settings/{name:str}/confirm": ["email"], "/notices/settings/{name:str}/remove": ["email"],
}  # fmt: skip
# Words that a form of ours may post: what they would do to the victim's things is what the test waits for.
TYPED = {
    "outcome": "approve", "note": "x", "reason": "x", "reference": "x", "factor": "000000", "post": "11311.registrar", "promised_on-day": "1",
    "promised_on-month": "1", "promised_on-year": "2027", "field.birth_notice": "yes", "do": "enter", "child_name": "Đổi", "purpose": "school",
    "recipient": "x", "days": "7",
}  # fmt: skip
BROKEN = 500
# The agency whose register of persons holds the record that is wrong.
KEEPS_PERSONS = "G01"
# Asks the identity provider over HTTP, which this world does not serve: tests/browser signs in.
NEEDS_HTTP = "/session/start"


class Asker(msgspec.Struct, frozen=True):
    """`unit` and `duties` are those of the post, `person` is empty for nobody."""

    name: str
    visitor: Visitor
    unit: str = ""
    duties: tuple[str, ...] = ()
    role: str = ""
    agency: str = ""


class UnknownParameter(AssertionError):
    """A route came that this test does not know how to ask."""


def addresses(path: str, victim: Victim, world: World) -> list[str]:
    """The route's addresses of the victim's things. Raises UnknownParameter, with the route."""
    found = [path]
    for name in PARAMETER.findall(path):
        values = _values(path, name, victim, world)
        if not values:
            raise UnknownParameter(f"{path}: tests/flows/test_leaks.py does not know how to fill {{{name}}} with somebody else's")
        found = [re.sub(rf"\{{{name}:\w+\}}", value, each) for each in found for value in values]
    return found


def _values(path: str, name: str, victim: Victim, world: World) -> list[str]:
    if path in NOBODYS:
        return [NOBODYS[path] or world.demo.units[0]]
    if path in PARTS and name in {"name", "field", "node"}:
        return PARTS[path]
    if path.startswith("/registers/") and name in {"name", "column"}:
        return ["person" if name == "name" else "address"]
    if name == "token":
        return [*victim.ids["document"], *victim.ids["share"], *victim.ids["notice"][:1]]
    return victim.ids.get(name, [])


def rightful(asker: Asker, handler: HTTPRouteHandler, path: str, own: str) -> bool:
    """The victim's own commune may handle her cases; what each duty is for, it may do. An operator may operate."""
    guard = audience(handler)[0]
    if guard.startswith("entrusted_"):
        return asker.role == "operator"
    if path.startswith("/registers"):
        return asker.agency == KEEPS_PERSONS
    return (
        bool(asker.unit)
        and asker.unit == own
        and path.startswith(("/desk", "/api", "/command"))
        and (guard == "officer" or guard.removeprefix("duty_") in asker.duties)
    )


async def askers(world: World, node: Node) -> list[Asker]:
    """Nobody, a citizen, an official of elsewhere as a citizen, and everyone who has an account at this node."""
    async with world.registers.pool.acquire() as connection:
        stranger = await connection.fetchval("SELECT ref FROM registers.person ORDER BY number DESC LIMIT 1")
    found = [Asker("nobody", world.visitor(node)), Asker("citizen", await world.arrive(stranger, node))]
    family = {world.account("mother").username, world.account("father").username}
    for account in world.accounts:
        if account.username not in family and (account.address == node.origin or account == world.account("registrar", 1)):
            found.append(await _asker(world, node, account))
    return found


async def _asker(world: World, node: Node, account: DemoAccount) -> Asker:
    person = await world.person(account)
    visitor = await world.arrive(person, node)
    async with node.pool.acquire() as connection:
        unit = await connection.fetchval("SELECT p.unit FROM offices.holder h JOIN offices.post p ON p.code = h.post WHERE h.person = $1", person)
    duties = {
        "registrar": ("handle",),
        "reception": ("handle",),
        "chairperson": ("decide", "oversee"),
        "vice-chairperson": ("decide",),
        "leader": ("oversee",),
    }
    return Asker(f"{account.role} {account.agency}", visitor, unit or "", duties.get(account.role, ()), account.role, account.agency)


async def ask(asker: Asker, method: str, address: str, victim: Victim) -> httpx.Response:
    if method not in UNSAFE:
        return await asker.visitor.get(address)
    if address.startswith("/api/"):
        return await asker.visitor.api(address, {"procedure": "1.001193", "applicant": victim.person, "answers": {}})
    chosen = {f"case.{code}": "yes" for code in victim.ids["code"]}
    return await asker.visitor.post(address, TYPED | chosen | {"about": victim.ids["code"][0]}, follow=False)


def faults(victim: Victim, answer: httpx.Response, *, named: bool) -> Iterator[str]:
    """`named`: the address names the victim's thing, so that no good answer may come."""
    if answer.status_code >= BROKEN and answer.url.path != NEEDS_HTTP:
        yield f"status {answer.status_code}"
    shown = [secret for secret in victim.secrets if secret in answer.text]
    if shown:
        yield f"shows {shown}"
    if named and answer.status_code == 200:
        yield "is answered"


async def look(world: World, node: Node, handlers: list[tuple[str, HTTPRouteHandler]], victim: Victim) -> tuple[list[str], int]:
    """What leaks, in words, and how many requests were made."""
    found, made = [], 0
    everyone = await askers(world, node)
    for path, handler in sorted(handlers, key=lambda pair: pair[0].startswith(ENDINGS)):
        method = next(iter(handler.http_methods - {"OPTIONS"}))
        named = bool(THINGS & set(PARAMETER.findall(path))) and path not in NOBODYS
        for address in addresses(path, victim, world):
            for asker in everyone:
                if not rightful(asker, handler, path, world.demo.units[0]):
                    made += 1
                    answer = await ask(asker, method, address, victim)
                    found += [f"{node.code} {method} {address} as {asker.name}: {fault}" for fault in faults(victim, answer, named=named)]
    return found, made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def victim(world: World) -> AsyncIterator[Victim]:
    made = await make(world)
    yield made
    await mend(world, made)


@pytest.mark.parametrize("code", ["portal", "haiphong", "registers"])
async def test_no_route_shows_or_changes_somebody_elses_things(world: World, victim: Victim, code: str) -> None:
    before = await state(world, victim)
    node = world.nodes[code]
    found, made = await look(world, node, list(handlers_of(build(node))), victim)
    after = await state(world, victim)
    assert found == [], "\n".join(found)
    assert {table for table in after if after[table] != before.get(table)} == set()
    assert made > 20
    print(f"{code}: {made} requests")  # noqa: T201


async def test_the_victim_has_what_is_looked_for(world: World, victim: Victim) -> None:
    """Else nothing could leak."""
    mother, registrar = await world.sign_in(world.account("mother")), await world.sign_in(world.account("registrar"))
    assert all(victim.ids.values())
    for code in victim.ids["code"]:
        assert MARK in (await registrar.get(f"/desk/{code}")).text
    assert MARK in (await mother.get(f"/applications/{victim.ids['application'][0]}/review")).text
    assert world.account("mother").name in (await registrar.get(f"/desk/counter/{victim.ids['intake'][0]}")).text
    for path in (*(f"/documents/{one}" for one in victim.ids["document"]), *(f"/documents/shares/{one}" for one in victim.ids["share"])):
        assert (await mother.get(path)).status_code == 200
    held = [table for table, digest in (await state(world, victim)).items() if digest != EMPTY]
    assert {'cases."case"', "cases.application", "vault.document", "vault.share", "notices.notice", "cases.intake"} <= {
        name.split()[1] for name in held
    }


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@page("/desk/{code:str}/everything", signed_in)
async def everything(request: Visit, code: FromPath[str]) -> Response[str]:
    """A route that forgets to ask whose the case is."""
    async with request.node.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        await connection.execute("UPDATE cases.case SET received_at = received_at + interval '1 second' WHERE code = $1", code)
    return Response(f"{MARK} Hai")


@page("/desk/{secret:str}", signed_in)
async def unknown(request: Visit, secret: FromPath[str]) -> Response[str]:
    return Response(secret + request.trace)


async def test_bite_a_route_that_forgets_to_ask_whose_it_is(world: World, victim: Victim) -> None:
    node, site = world.desk, world.site
    planted = application(node, [*OFFICIALS.routes, everything])
    world.site = Nodes({node.plan.host: planted}, _nothing)
    before = await state(world, victim)
    try:
        found, _ = await look(world, node, [(path, handler) for path, handler in handlers_of(planted) if path.endswith("/everything")], victim)
    finally:
        world.site = site
    assert any("as citizen: shows" in fault for fault in found)
    assert any("is answered" in fault for fault in found)
    assert not any("as nobody" in fault for fault in found)
    assert (await state(world, victim))['haiphong cases."case"'] != before['haiphong cases."case"']


async def test_bite_a_route_whose_parameter_nobody_knows(world: World, victim: Victim) -> None:
    app = application(world.desk, [unknown])
    path = next(path for path, _ in handlers_of(app) if "secret" in path)
    with pytest.raises(UnknownParameter, match=r"/desk/\{secret"):
        addresses(path, victim, world)
