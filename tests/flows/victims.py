"""Somebody else's things, of every kind that an address can name, and proof that they stayed as they were."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import msgspec

from dinh import registers
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.node import Node
from tests.flows import births
from tests.flows.faults import change, finding_of, keeper, plant
from tests.flows.mandates import give
from tests.flows.outcomes import someone
from tests.flows.warehouse import id_of, lend, rows
from tests.world import World

MARK = "Vũ Kín Đáo"
REASON = "Ảnh mờ, xin chụp lại: kín đáo"
# What grows with every request, whoever makes it: refusals, sessions, counts of attempts, the seal, messages under way.
GROWS = {"kernel.event", "kernel.seal", "kernel.head", "kernel.sealer", "kernel.reader", "identity.session", "identity.rate_mark"}

# Victims made so far, by world.
_MADE: dict[int, int] = {}


class Victim(msgspec.Struct):
    """`record` is a person's whose register is wrong, with the same name. `ids` fills the parameters of addresses, by the parameter's name; `secrets` must never stand in anyone else's page."""

    person: str
    record: str
    ids: dict[str, list[str]]
    secrets: list[str]

    def marks(self) -> list[str]:
        """What a row of theirs contains."""
        return [self.person, self.record, *(one for values in self.ids.values() for one in values if len(one) > 12)]


async def make(world: World) -> Victim:
    """A mother with cases in several states, a draft, a document, a share, notices; her commune with a delegation and an intake."""
    account = world.account("mother")
    mother, registrar = await world.sign_in(account), await world.sign_in(world.account(world.demo.handler))
    # A second victim of the same world has other children: a birth is registered once.
    _MADE[id(world)] = nth = _MADE.get(id(world), 0) + 1
    done = await births.register_birth(world, mother, f"{MARK} {'Một ' * nth}".strip())
    proposed = await births.file_case(world, mother, f"{MARK} {'Hai ' * nth}".strip())
    await births.handle(world, proposed)
    asked = await births.file_case(world, mother, f"{MARK} Ba")
    await registrar.post(f"/desk/{asked}/accept")
    await registrar.post(f"/desk/{asked}/supplement", {"field.birth_notice": "yes", "reason": REASON})
    await world.settle()
    draft = await births.fill_in(world, mother, f"{MARK} Bốn")
    document = await id_of(world, done)
    shared = (await lend(mother, document)).url.path.rsplit("/", 1)[1]
    person = await world.person(account)
    sent = await rows(world, "SELECT id::text FROM cases.application WHERE code = $1", asked)
    notice = await rows(world, "SELECT id::text FROM notices.notice WHERE person = $1 LIMIT 2", person)
    ids = {
        "code": [proposed, asked], "application": [draft.rsplit("/", 1)[1], str(sent[0]["id"])], "document": [document], "share": [shared],
        "notice": [str(each["id"]) for each in notice], "intake": [await _intake(world)], "delegation": [await _delegation(world)],
        "mandate": [await give(mother, await someone(world, "birth_date < '1990-01-01' AND death_date IS NULL"))],
    }  # fmt: skip
    ids["entry"] = await _entries(world, person)
    record, ids["finding"], ids["proposal"] = await _finding(world)
    return Victim(person, record, ids, [MARK, MARK.upper(), REASON, account.username, account.name])


async def _entries(world: World, person: str) -> list[str]:
    """Of her log, with a proof each."""
    async with world.registers.read(system("test")) as tx:
        return [str(row["id"]) for row in await tx.all("SELECT id FROM exchange.access WHERE person = $1 AND nonce IS NOT NULL LIMIT 2", person)]


async def _intake(world: World) -> str:
    """What an officer at the counter has begun for her."""
    registrar = await world.sign_in(world.account("registrar"))
    page = await registrar.post("/desk/counter", {"procedure": world.procedure, "number": world.account("mother").username})
    return page.url.path.rsplit("/", 1)[1]


async def _finding(world: World) -> tuple[str, list[str], list[str]]:
    """A record that is wrong, the fault in the keepers' queue, and what one of them proposed."""
    record = await plant(world.registers, address="", full_name=f"{MARK} Sổ")
    await registers.measure_now(world.registers)
    finding = await finding_of(world.registers, record, "address_there")
    first, path = await keeper(world), f"/registers/person/queue/{finding}"
    await first.post(f"{path}/claim")
    sent = await first.post(f"{path}/correct/address", {"value": "5 Lê Lợi", "note": REASON})
    return record, [finding], re.findall(rf"{path}/proposals/([0-9a-f-]+)", sent.text)[:1]


async def mend(world: World, victim: Victim) -> None:
    """The registers as other tests find them."""
    await change(world.registers, victim.record, address="5 Lê Lợi", full_name="Trần Sổ Lành")
    await registers.measure_now(world.registers)


async def _delegation(world: World) -> str:
    chair, unit = await world.sign_in(world.account(world.demo.decider)), world.demo.units[0]
    today = world.desk.country.local_date(clock.now())
    typed = {"post": f"{unit}.vice-chairperson", "procedure": world.procedure, "ref": f"QĐ {uuid4().hex[:6]}"}
    for name, day in (("since", today), ("last", today + timedelta(days=5))):
        typed |= {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}
    page = await chair.post("/desk/delegations", typed)
    assert page.status_code == 200, page.text
    async with world.desk.pool.acquire() as connection:
        return str(await connection.fetchval("SELECT id FROM offices.delegation WHERE ref = $1", typed["ref"]))


async def state(world: World, victim: Victim) -> dict[str, str]:
    """A hash of every table's rows that hold anything of the victim: also of tables that are younger than this test."""
    return {f"{node.code} {table}": found async for node, table, found in _tables(world, victim.marks())}


async def _tables(world: World, marks: list[str]) -> AsyncIterator[tuple[Node, str, str]]:
    for node in world.nodes.values():
        async with node.pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL ROLE dinh_system")
            names = await connection.fetch(
                "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
                "AND table_schema NOT IN ('pg_catalog', 'information_schema', 'jobs') AND has_table_privilege(format('%I.%I', table_schema, table_name), 'SELECT')"
            )
            for name in (row["name"] for row in names if not _grows(row["name"])):
                texts = await connection.fetch(
                    f"SELECT t::text AS row FROM {name} t WHERE t::text LIKE ANY ($1) ORDER BY 1", [f"%{mark}%" for mark in marks]
                )
                yield node, name, hashlib.sha256("\n".join(row["row"] for row in texts).encode()).hexdigest()


def _grows(table: str) -> bool:
    return table in GROWS or table.startswith(("kernel.event_", "trust."))
