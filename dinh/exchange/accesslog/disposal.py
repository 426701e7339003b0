"""Entries of the citizen's log whose time is over. That they were made stays in the spine, so proofs that people took away hold for ever."""

from datetime import datetime

from dinh.exchange.accesslog import store
from dinh.exchange.accesslog.contracts import EntriesDisposed
from dinh.kernel.retention import Hours, LegalHolds, Wanted, class_named, ended_before
from dinh.kernel.transactions import ReadTx, WriteTx


async def _over(tx: ReadTx, start: datetime, end: datetime, wanted: Wanted) -> list[tuple[datetime, str]]:
    """The time of an entry that was shown later by order counts from then."""
    return await store.over(tx, start, end, wanted.before, await tx.node.part(LegalHolds).cases(tx), wanted.limit)


async def _dispose(tx: WriteTx, start: datetime, end: datetime, record_class: str) -> int:
    """What nothing holds; the rest stays until nothing does."""
    before = ended_before(class_named(tx.node.country, record_class), tx.node.country, tx.now)
    return await store.dispose(tx, start, end, before, await tx.node.part(LegalHolds).cases(tx))


holdings = {"access": Hours(_over, _dispose, lambda since, entries, code: EntriesDisposed(since=since, entries=entries, record_class=code)).holding()}
