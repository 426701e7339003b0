"""The SQL statements that something runs, seen on the connection itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from dinh.kernel.node import Node

Statement = tuple[str, tuple[Any, ...]]


class Watched:
    """A pool that notes every statement of the connections it gives out."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.statements: list[Statement] = []

    def _note(self, record: Any) -> None:
        self.statements.append((record.query, tuple(record.args or ())))

    async def acquire(self, *, timeout: float | None = None) -> Any:
        connection = await self._pool.acquire(timeout=timeout)
        connection.add_query_logger(self._note)
        return connection

    async def release(self, connection: Any) -> None:
        connection.remove_query_logger(self._note)
        await self._pool.release(connection)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


@asynccontextmanager
async def watched(*nodes: Node) -> AsyncIterator[list[Watched]]:
    """What these nodes run meanwhile."""
    pools = [node.pool for node in nodes]
    found = [Watched(pool) for pool in pools]
    for node, watch in zip(nodes, found, strict=True):
        node.pool = watch  # type: ignore[assignment]
    try:
        yield found
    finally:
        for node, pool in zip(nodes, pools, strict=True):
            node.pool = pool
