"""Read and write transactions are different types, so that a function that only reads cannot write by mistake.

Nobody below the edge commits: the `async with` at the edge does, and only if nothing was raised.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from dinh.kernel import clock
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict, Invalid, Unavailable

if TYPE_CHECKING:
    from dinh.kernel.node import Node

# What PostgreSQL and the driver raise when the server is gone, starting or stopping.
_DOWN = (
    asyncpg.PostgresConnectionError, asyncpg.exceptions.OperatorInterventionError, asyncpg.TooManyConnectionsError,
    ConnectionError, FileNotFoundError, TimeoutError,
)  # fmt: skip


ACQUIRE_SECONDS = 5


class ReadTx:
    """`now` is one instant for the whole transaction. Rows are asyncpg records; `store` turns them into structs."""

    def __init__(self, connection: asyncpg.Connection, node: "Node", who: Caller) -> None:
        self.connection = connection
        self.node = node
        self.who = who
        self.now: datetime = clock.now()

    async def all(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.connection.fetch(sql, *values)
        return rows

    async def one(self, sql: str, *values: Any) -> asyncpg.Record | None:
        return await self.connection.fetchrow(sql, *values)

    async def value(self, sql: str, *values: Any) -> Any:
        return await self.connection.fetchval(sql, *values)


class WriteTx(ReadTx):
    def __init__(self, connection: asyncpg.Connection, node: "Node", who: Caller) -> None:
        super().__init__(connection, node, who)
        self.events: list[Any] = []
        """What the spine appends before the commit, in one statement."""
        self._last: list[Callable[[], Awaitable[None]]] = []

    def at_the_end(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run once, inside this transaction, just before it commits."""
        self._last.append(work)

    async def finish(self) -> None:
        """The edge calls it before the commit."""
        for work in self._last:
            await work()

    async def run(self, sql: str, *values: Any) -> int:
        """The number of rows that the statement touched."""
        status = await self.connection.execute(sql, *values)
        return int(status.rpartition(" ")[2]) if status[-1].isdigit() else 0

    async def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await self.connection.executemany(sql, rows)

    async def copy(self, schema: str, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """PostgreSQL's COPY, for bulk loads."""
        await self.connection.copy_records_to_table(table, schema_name=schema, columns=columns, records=rows)


@asynccontextmanager
async def reading(node: "Node", who: Caller) -> AsyncIterator[ReadTx]:
    async with _open(node.pool, f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_scope(who)}") as connection:
        yield ReadTx(connection, node, who)


@asynccontextmanager
async def glancing(node: "Node", who: Caller) -> AsyncIterator[ReadTx]:
    """Single statements without a transaction around them, for tables without row-level policies: the session of a request, so
    that the request's one transaction is its verb's.
    """
    async with _acquired(node.pool) as connection:
        try:
            yield ReadTx(connection, node, who)
        except (*_DOWN, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise Unavailable("kernel.database_down") from error


@asynccontextmanager
async def writing(node: "Node", who: Caller) -> AsyncIterator[WriteTx]:
    async with _open(node.pool, f"BEGIN; {_scope(who)}") as connection:
        tx = WriteTx(connection, node, who)
        yield tx
        await tx.finish()


@asynccontextmanager
async def alone(node: "Node", who: Caller) -> AsyncIterator[WriteTx]:
    """For one statement that is a transaction by itself, with the platform's own rights. Where rounds follow each other all day, the trips that open
    and end a transaction cost more than what is between them. Raises RuntimeError where events wait that were not part of it.
    """
    async with _open(node.lone, "") as connection:
        tx = WriteTx(connection, node, who)
        yield tx
        if tx.events:
            message = "a statement alone left events behind"
            raise RuntimeError(message)


@asynccontextmanager
async def _open(pool: asyncpg.Pool, begin: str) -> AsyncIterator[asyncpg.Connection]:
    """Without `begin` each statement is a transaction of its own."""
    async with _acquired(pool) as connection:
        try:
            if begin:
                await connection.execute(begin)
            yield connection
            if begin:
                await connection.execute("COMMIT")
        except asyncpg.CharacterNotInRepertoireError as error:
            await _rolled_back(connection)
            raise Invalid from error
        except asyncpg.UniqueViolationError as error:
            # Someone else made the same thing at the same moment.
            await _rolled_back(connection)
            raise Conflict from error
        except BaseException as error:
            # The verb's own refusal stands even when the connection died behind it.
            if await _rolled_back(connection) or not isinstance(error, (*_DOWN, asyncpg.InterfaceError, asyncpg.InternalClientError)):
                raise
            raise Unavailable("kernel.database_down") from error


@asynccontextmanager
async def _acquired(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
    except (*_DOWN, asyncpg.InterfaceError) as error:
        raise Unavailable("kernel.database_down") from error
    try:
        yield connection
    finally:
        await pool.release(connection)


async def _rolled_back(connection: asyncpg.Connection) -> bool:
    """False when the connection is gone, and the transaction with it."""
    try:
        await connection.execute("ROLLBACK")
    except (*_DOWN, asyncpg.InterfaceError, asyncpg.InternalClientError):
        return False
    return True


def _scope(who: Caller) -> str:
    """What the row-level policies see. Set for this transaction only, in the same round trip that opens it."""
    if who.kind in {"system", "member"}:
        return "SET LOCAL ROLE dinh_system"
    oversees = f"; SET LOCAL dinh.oversees = '{_plain(','.join(who.oversees))}'" if who.oversees else ""
    procedures = f"; SET LOCAL dinh.procedures = '{_plain(','.join(who.procedures))}'" if who.procedures else ""
    return f"SET LOCAL dinh.person = '{_plain(who.principal or '')}'; SET LOCAL dinh.units = '{_plain(','.join(who.units))}'{oversees}{procedures}"


def _plain(value: str) -> str:
    """References and unit codes have no quotes; anything else is an attack or a fault, and stops here."""
    if not all(letter.isalnum() or letter in "-_.,:" for letter in value):
        message = "a caller's reference holds a character that none may hold"
        raise ValueError(message)
    return value


async def prepare(connection: asyncpg.Connection) -> None:
    """For each new connection of a pool: JSON by msgspec."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_to_json, decoder=msgspec.json.decode)


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
