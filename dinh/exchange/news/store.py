"""SQL of what persons are still to be told."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from dinh.exchange.accesslog import Line
from dinh.kernel.transactions import ReadTx, WriteTx


async def wait_for(tx: WriteTx, lines: Sequence[Line]) -> None:
    """Until the embargo of each has ended."""
    await tx.run(
        "INSERT INTO exchange.later (entry, embargo) SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING",
        [line.id for line in lines], [line.embargo for line in lines],
    )  # fmt: skip


async def take_due(tx: WriteTx, limit: int) -> list[UUID]:
    """Entries whose embargo has ended; each is given once, as the reader's lock lets in one round at a time."""
    rows = await tx.all(
        """DELETE FROM exchange.later WHERE entry IN (
             SELECT l.entry FROM exchange.later l JOIN exchange.embargo e ON e.id = l.embargo WHERE e.until <= $1 LIMIT $2
           ) RETURNING entry""",
        tx.now, limit,
    )  # fmt: skip
    return [row["entry"] for row in rows]


async def contents(tx: ReadTx, calls: Sequence[UUID]) -> dict[UUID, tuple[UUID, bytes, str, str | None, str]]:
    """By call as far as it is kept: key and content, provider, subsystem and service."""
    rows = await tx.all(
        """SELECT c.id, k.key, k.sealed, c.provider, c.provider_subsystem, c.service FROM exchange.call c
           JOIN exchange.content k ON k.call = c.id AND k.side = c.side WHERE c.id = ANY ($1) AND c.side = 'provider'""",
        calls,
    )
    return {row["id"]: (row["key"], row["sealed"], row["provider"], row["provider_subsystem"], row["service"]) for row in rows}


async def note(tx: WriteTx, persons: Sequence[str]) -> None:
    await tx.run(
        """INSERT INTO exchange.news (person, waiting) SELECT unnest($1::text[]), true
           ON CONFLICT (person) DO UPDATE SET waiting = true WHERE NOT exchange.news.waiting""",
        sorted(persons),
    )


async def take_waiting(tx: WriteTx, today: date, limit: int) -> list[str]:
    """Who was not told today yet."""
    rows = await tx.all(
        """UPDATE exchange.news SET waiting = false, told_on = $1 WHERE person IN (
             SELECT person FROM exchange.news WHERE waiting AND (told_on IS NULL OR told_on < $1) LIMIT $2 FOR UPDATE SKIP LOCKED
           ) RETURNING person""",
        today, limit,
    )  # fmt: skip
    return [row["person"] for row in rows]
