"""SQL of what composition keeps, and what PostgreSQL says of itself."""

import asyncpg

from dinh.app.operator.contracts import Aside, Mark, Operator
from dinh.kernel.transactions import ReadTx, WriteTx

PUT_MARK = """INSERT INTO app.mark (name, at, outcome, amount) VALUES ($1, $2, $3, $4)
  ON CONFLICT (name) DO UPDATE SET at = excluded.at, outcome = excluded.outcome, amount = excluded.amount"""


async def operators(tx: ReadTx) -> list[Operator]:
    return [Operator(**dict(row)) for row in await tx.all("SELECT person, since FROM app.operator ORDER BY since, person")]


async def is_operator(tx: ReadTx, person: str) -> bool:
    return bool(await tx.value("SELECT 1 FROM app.operator WHERE person = $1", person))


async def add_operator(tx: WriteTx, person: str) -> bool:
    return bool(await tx.run("INSERT INTO app.operator (person, since) VALUES ($1, $2) ON CONFLICT DO NOTHING", person, tx.now))


async def remove_operator(tx: WriteTx, person: str) -> bool:
    return bool(await tx.run("DELETE FROM app.operator WHERE person = $1", person))


async def marks(tx: ReadTx) -> list[Mark]:
    return [Mark(**dict(row)) for row in await tx.all("SELECT name, at, outcome, amount FROM app.mark ORDER BY name")]


async def put_mark(tx: WriteTx, mark: Mark) -> None:
    await tx.run(PUT_MARK, mark.name, mark.at, mark.outcome, mark.amount)


async def put_mark_as_owner(connection: asyncpg.Connection, mark: Mark) -> None:
    """From a command that has no node open. A database of the release before has no marks yet."""
    if await connection.fetchval("SELECT to_regclass('app.mark')"):
        await connection.execute(PUT_MARK, mark.name, mark.at, mark.outcome, mark.amount)


async def aside(tx: ReadTx) -> list[Aside]:
    return [Aside(**dict(row)) for row in await tx.all("SELECT job, reason, at FROM app.aside ORDER BY job")]


async def put_aside(tx: WriteTx, job: int, reason: str) -> None:
    await tx.run(
        "INSERT INTO app.aside (job, reason, at) VALUES ($1, $2, $3) ON CONFLICT (job) DO UPDATE SET reason = excluded.reason, at = excluded.at",
        job, reason, tx.now,
    )  # fmt: skip


async def take_back(tx: WriteTx, job: int) -> None:
    await tx.run("DELETE FROM app.aside WHERE job = $1", job)


async def database(tx: ReadTx) -> asyncpg.Record | None:
    """Only the application's own connections: the server shows it no other's."""
    return await tx.one(
        """SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS size,
             count(*)::int AS connections, current_setting('max_connections')::int AS most,
             coalesce(extract(epoch FROM max(now() - xact_start) FILTER (WHERE pid <> pg_backend_pid())), 0)::float AS longest
           FROM pg_stat_activity WHERE datname = current_database()"""
    )
