"""Heads of other nodes whose time is over: of each day and epoch the last one stays, and proves all that went."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from dinh.exchange.heads import store
from dinh.exchange.heads.contracts import HeadsThinned
from dinh.kernel import events
from dinh.kernel.caller import Caller
from dinh.kernel.retention import Ended, Holding, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx

# A record is an hour, by its number: the heads of a thousand nodes are too many for the transaction of a day.
HOUR = timedelta(hours=1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


async def ended_heads(tx: ReadTx, wanted: Wanted) -> list[Ended]:
    """Of whole days (UTC). A node's heads are not over while a contradiction of it is open."""
    end = datetime.combine(wanted.before.astimezone(UTC).date(), time(), UTC)
    hours = await store.full_hours(tx, FIRST + wanted.after.int * HOUR, end, wanted.limit)
    return [Ended(id=UUID(int=(hour - FIRST) // HOUR + 1), reference=f"{hour:%Y-%m-%dT%HZ}", ended_at=hour + HOUR) for hour in hours]


async def thin(tx: WriteTx, who: Caller, record: UUID, _: str) -> str | None:
    start = FIRST + (record.int - 1) * HOUR
    removed = await store.thin(tx, start, start + HOUR)
    if not removed:
        return None
    await events.append(tx, who, f"{start:%Y-%m-%dT%HZ}", HeadsThinned(since=start, heads=removed))
    return ""


holdings = {"head": Holding(ended_heads, thin)}
