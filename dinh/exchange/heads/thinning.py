"""Heads of other nodes whose time is over: of each day and epoch the last one stays, and proves all that went."""

from datetime import UTC, datetime, time

from dinh.exchange.heads import store
from dinh.exchange.heads.contracts import HeadsThinned
from dinh.kernel.retention import Hours, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx


async def _over(tx: ReadTx, start: datetime, end: datetime, wanted: Wanted) -> list[tuple[datetime, str]]:
    """Of whole days (UTC). A node's heads are not over while a contradiction of it is open."""
    return [(hour, "") for hour in await store.full_hours(tx, start, datetime.combine(end.date(), time(), UTC), wanted.limit)]


async def _thin(tx: WriteTx, start: datetime, end: datetime, _: str) -> int:
    return await store.thin(tx, start, end)


holdings = {"head": Hours(_over, _thin, lambda since, heads, _: HeadsThinned(since=since, heads=heads)).holding()}
