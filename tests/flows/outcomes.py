"""What the tests of outcomes share: filing any procedure, deciding it, and reading the papers that went to the warehouse."""

import base64
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from dinh.app.demo import DemoAccount
from dinh.exchange import Answer, Handlers, Providers, Question, ask, membership_of
from dinh.kernel.caller import Caller
from dinh.kernel.node import Node
from dinh.kernel.transactions import WriteTx
from tests.flows import births
from tests.world import PDF, Visitor, World

Pages = dict[str, dict[str, str]]
DEATH = "1.000656"
# Numbers of persons that a test has taken, by world.
_TAKEN: dict[int, set[str]] = {}


class Seen:
    """What went over the exchange while a test ran: deposits by case, and answers that did not keep the declared shape."""

    def __init__(self) -> None:
        self.deposits: dict[str, dict[str, Any]] = {}
        self.misshapen: list[str] = []


@asynccontextmanager
async def watched(world: World) -> AsyncIterator[Seen]:
    """Look on at both ends: nothing is changed on the way."""
    seen, handlers, providers = Seen(), world.portal.part(Handlers), world.registers.part(Providers)
    deposit, answered, services = handlers["vault.deposit"], dict(providers), membership_of(world.portal).services

    async def look(tx: WriteTx, who: Caller, message: Question) -> None:
        seen.deposits[message.body["case"]] = message.body
        await deposit(tx, who, message)

    def compare(code: str) -> Any:
        async def asked(node: Node, who: Caller, question: Question) -> Answer:
            answer = await answered[code](node, who, question)
            if services[code].gives and set(services[code].gives) != answer.body.keys():
                seen.misshapen.append(f"{code}: {sorted(answer.body)}")
            return answer

        return asked

    handlers["vault.deposit"] = look
    providers.update({code: compare(code) for code in answered})
    try:
        yield seen
    finally:
        handlers["vault.deposit"] = deposit
        providers.update(answered)


async def citizen(world: World, sql: str, *values: object, order: str = "number") -> DemoAccount:
    """Someone of the synthetic population, to sign in as. The condition is SQL over `registers.person p`."""
    async with world.registers.pool.acquire() as connection:
        row = await connection.fetchrow(f"SELECT full_name, number FROM registers.person p WHERE {sql} ORDER BY {order} LIMIT 1", *values)
    assert row is not None, sql
    return DemoAccount("citizen", row["full_name"], "", world.portal.origin, row["number"], "", "")


async def file(world: World, visitor: Visitor, procedure: str, pages: Pages, *, files: str = "", about: str = "") -> str:
    """Fill in every page, submit and deliver; the case's code. `files` names the field that takes a file."""
    query = f"?about={about}" if about else ""
    draft = "/applications/" + str((await visitor.post(f"/services/{procedure}/start{query}")).url).split("/applications/")[1].split("/")[0]
    for page, typed in pages.items():
        attached = {files: ("giay-to.pdf", PDF, "application/pdf")} if files and page == list(pages)[-1] else None
        response = await visitor.post(f"{draft}/{page}", typed, files=attached)
        assert response.status_code == 200, (page, response.text)
    sent = await visitor.post(f"{draft}/review")
    assert sent.status_code == 200, sent.text
    await world.settle()
    return str((await visitor.get(draft, follow_redirects=True)).url).rsplit("/", 1)[1]


async def check(world: World, code: str) -> tuple[Visitor, str]:
    """The registrar accepts and asks the registers; the page as they then see it."""
    registrar = await world.sign_in(world.account(world.demo.handler))
    for turn in ("accept", "check"):
        response = await registrar.post(f"/desk/{code}/{turn}")
        assert response.status_code == 200, response.text
    return registrar, (await registrar.get(f"/desk/{code}")).text


async def approve(world: World, code: str, note: str = "Đủ điều kiện") -> None:
    """Check, propose, decide, carry out."""
    registrar, _ = await check(world, code)
    response = await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": note})
    assert response.status_code == 200, response.text
    await births.decide(world, code)
    await world.settle()


def words(pdf: bytes, folder: Path) -> str:
    """The text of a paper, spaces single."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True)
    return " ".join(done.stdout.decode().split())


def signatures(world: World, pdf: bytes, folder: Path) -> tuple[int, int]:
    """Valid ones, and those with a trusted certificate, as poppler sees them."""
    database, path = folder / "nss", folder / "signed.pdf"
    path.write_bytes(pdf)
    if not database.exists():
        database.mkdir()
        root = world.settings.home / "trust" / "root.pem"
        for command in (["certutil", "-N", "--empty-password"], ["certutil", "-A", "-n", "root", "-t", "C,C,C", "-i", str(root)]):
            subprocess.run([*command, "-d", f"sql:{database}"], check=True, capture_output=True)
    done = subprocess.run(["pdfsig", "-nssdir", f"sql:{database}", str(path)], check=False, capture_output=True)
    return done.stdout.count(b"Signature is Valid."), done.stdout.count(b"Certificate is Trusted.")


async def rows(node: Node, sql: str, *values: object) -> list[dict[str, Any]]:
    async with node.pool.acquire() as connection:
        return [dict(row) for row in await connection.fetch(sql, *values)]


def paper_of(seen: Seen, code: str) -> bytes:
    return base64.b64decode(seen.deposits[code]["pdf"])


def day(name: str, value: date) -> dict[str, str]:
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}


async def someone(world: World, more: str = "true") -> DemoAccount:
    """A living adult who is no official's family and holds no account; one whom no other test has taken, as long as there are any."""
    known, taken = [account.username for account in world.accounts], _TAKEN.setdefault(id(world), set())
    family = "SELECT 1 FROM registers.person o WHERE o.number = ANY ($1) AND o.ref IN (p.mother, p.father, p.spouse)"
    clause = f"number <> ALL ($1) AND birth_date < '2000-01-01' AND death_date IS NULL AND NOT EXISTS ({family}) AND {more}"
    found = await citizen(world, clause, known, list(taken), order="number = ANY ($2::text[]), number")
    taken.add(found.username)
    return found


def here(world: World) -> str:
    return f"residence_unit = '{world.demo.units[0]}'"


def death_of(world: World, person: DemoAccount, died: date = date(2026, 11, 15)) -> Pages:
    return {
        "you": {"relation": "child"},
        "deceased": {"deceased_name": person.name, "deceased_number": person.username},
        "death": {**day("death_date", died), "death_time": "06:30", "death_place": "Bệnh viện Việt Tiệp, Hải Phòng", "death_cause": "Tuổi già"},
        "where": {"unit": world.demo.units[0]},
    }


async def die(world: World, person: DemoAccount) -> str:
    """A death is registered; the case's code."""
    reporter = await world.sign_in(await someone(world))
    code = await file(world, reporter, DEATH, death_of(world, person), files="death_notice")
    await approve(world, code)
    return code


async def order(world: World, service: str, provider: str, body: dict[str, Any], client: str = "H24.168") -> dict[str, Any]:
    """As a job of an agency asks."""
    who = Caller(kind="system", agency=client, purpose="settle", case=body.get("case"))
    return (await ask(world.desk, who, Question(service=service, client=client, provider=provider, purpose="settle", body=body))).body


async def approve_checked(world: World, code: str, note: str = "") -> None:
    registrar = await world.sign_in(world.account(world.demo.handler))
    response = await registrar.post(f"/desk/{code}/propose", {"outcome": "approve", "note": note})
    assert response.status_code == 200, response.text
    await births.decide(world, code)
    await world.settle()


async def forget_jobs(world: World) -> None:
    """A job that was refused waits in the queue, in the way of every test after this."""
    async with world.desk.pool.acquire() as connection:
        await connection.execute("DELETE FROM jobs.pgqueuer")
