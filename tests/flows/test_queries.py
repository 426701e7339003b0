"""How many SQL statements a page takes, on all nodes together: as many with several rows as with one, and no more than are pinned here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dinh.exchange.accesslog import by_number, record
from dinh.kernel.caller import system
from tests.flows import births
from tests.statements import watched
from tests.world import Visitor, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
# With the two that know the session. Fewer is welcome: write the new number down.
PINNED = {
    "/": 4, "/applications": 5, "/cases/{code}": 17, "/documents": 4, "/my-data": 22,
    "/desk": 5, "/desk?show=late": 5, "/desk?show=settled": 5, "/desk/search?q=khuê": 6, "/desk/{code}": 18,
}  # fmt: skip


# What opens and ends transactions and keeps evidence does not count: exchanges that go side by side share a round, or not. Nor what the driver asks once.
ROUNDS = (
    "BEGIN", "COMMIT", "WITH hurry", "WITH round", "INSERT INTO kernel.event", "WITH RECURSIVE typeinfo",
    "SELECT current_setting('jit')",
)  # fmt: skip


async def counted(world: World, visitor: Visitor, path: str) -> tuple[int, list[str]]:
    """The second time: what is read once a process is not the page's."""
    await visitor.get(path)
    async with watched(*world.nodes.values()) as pools:
        answer = await visitor.get(path)
    assert answer.status_code == 200, (path, answer.text[:500])
    statements = [sql for pool in pools for sql, _ in pool.statements if not sql.strip().startswith(ROUNDS)]
    return len(statements), statements


def _on_desk(path: str) -> bool:
    return path.startswith("/desk")


async def _counts(world: World, mother: Visitor, registrar: Visitor, code: str) -> dict[str, int]:
    """The least of three: now and then a pool opens another connection, and its driver asks something."""
    visitors = {path: registrar if _on_desk(path) else mother for path in PINNED}
    return {path: min([(await counted(world, who, path.format(code=code)))[0] for _ in range(3)]) for path, who in visitors.items()}


async def test_pages_take_as_many_statements_as_pinned_however_many_rows_they_show(world: World) -> None:
    mother, registrar = await world.sign_in(world.account("mother")), await world.sign_in(world.account("registrar"))
    await _kept_by_number(world)
    first = await births.register_birth(world, mother, "Đếm Khuê Một")
    one = await _counts(world, mother, registrar, first)
    for name in ("Hai", "Ba"):
        await births.register_birth(world, mother, f"Đếm Khuê {name}")
    await births.file_case(world, mother, "Đếm Khuê Bốn")
    await births.fill_in(world, mother, "Đếm Khuê Năm")
    many = await _counts(world, mother, registrar, first)
    assert many == one, "a page asks once more for each row: N+1"
    assert {path: count for path, count in one.items() if count > PINNED[path]} == {}


async def _kept_by_number(world: World) -> None:
    """One entry of somebody: from now on the log of everyone is asked for by the number, too."""
    async with world.registers.write(system("test")) as tx:
        await record(tx, system("test"), by_number(world.registers, "001000000000"), "population.person", purpose="prefill", legal_basis="test")


@asynccontextmanager
async def _once_a_row(world: World) -> AsyncIterator[None]:
    """A desk that asks for every row again."""
    node = world.desk
    read = node.read

    @asynccontextmanager
    async def slow(who: object) -> AsyncIterator[object]:
        async with read(who) as tx:  # type: ignore[arg-type]
            for _ in range(await tx.value("SELECT count(*) FROM cases.case")):
                await tx.value("SELECT 1")
            yield tx

    node.read = slow  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        del node.read


async def test_bite_one_statement_a_row_is_seen(world: World) -> None:
    mother, registrar = await world.sign_in(world.account("mother")), await world.sign_in(world.account("registrar"))
    await births.file_case(world, mother, "Đếm Khuê Sáu")
    plain, _ = await counted(world, registrar, "/desk")
    async with _once_a_row(world):
        slow, statements = await counted(world, registrar, "/desk")
    assert slow > plain
    assert "SELECT 1" in statements
