"""Told messages whose time is over: whom and which case they were about goes; that they were told, and how they can be told apart, stays."""

from datetime import datetime

from dinh.exchange.delivery import store
from dinh.exchange.delivery.contracts import MessagesDisposed
from dinh.kernel.retention import Hours, LegalHolds, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx


async def _over(tx: ReadTx, start: datetime, end: datetime, wanted: Wanted) -> list[tuple[datetime, str]]:
    """By the hour in which they ended."""
    return await store.over(tx, start, end, await tx.node.part(LegalHolds).cases(tx), wanted.limit)


async def _dispose(tx: WriteTx, start: datetime, end: datetime, _: str) -> int:
    return await store.dispose(tx, start, end, await tx.node.part(LegalHolds).cases(tx))


holdings = {
    "message": Hours(_over, _dispose, lambda since, messages, code: MessagesDisposed(since=since, messages=messages, record_class=code)).holding()
}
