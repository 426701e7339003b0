"""Messages that members' own systems took or refused, and whose time is over: which case they were about goes; one that is told again still gets the same answer."""

from datetime import datetime

from dinh.exchange.handover import store
from dinh.exchange.handover.contracts import HandoversDisposed
from dinh.kernel.retention import Hours, LegalHolds, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx


async def _over(tx: ReadTx, start: datetime, end: datetime, wanted: Wanted) -> list[tuple[datetime, str]]:
    """By the hour in which they ended."""
    return await store.over(tx, start, end, await tx.node.part(LegalHolds).cases(tx), wanted.limit)


async def _dispose(tx: WriteTx, start: datetime, end: datetime, _: str) -> int:
    return await store.dispose(tx, start, end, await tx.node.part(LegalHolds).cases(tx))


holdings = {
    "handover": Hours(_over, _dispose, lambda since, messages, code: HandoversDisposed(since=since, messages=messages, record_class=code)).holding()
}
