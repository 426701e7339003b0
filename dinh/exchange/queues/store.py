"""SQL that every queue of messages needs."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from dinh.exchange.queues.contracts import Queue
from dinh.kernel.transactions import WriteTx


async def lease(tx: WriteTx, queue: Queue, columns: str, until: datetime, busy: Sequence[str], width: int, most: int) -> list[asyncpg.Record]:
    """Take due messages for this deliverer until `until`; if it dies, they are due again then. Nothing of the lanes that are busy; of each other one `width`
    at most, and of a case only the first that waits.
    """
    return await tx.all(
        f"""UPDATE exchange.{queue.table} m SET next_try_at = $1, attempts = m.attempts + 1 FROM (
              SELECT m.{queue.key} FROM exchange.{queue.table} m JOIN (
                SELECT m.{queue.key}, row_number() OVER (PARTITION BY {queue.lane} ORDER BY m.{queue.since}, m.{queue.key}) AS place FROM exchange.{queue.table} m
                WHERE {queue.waits} AND m.next_try_at <= $2 AND {queue.lane} <> ALL ($3::text[]) AND NOT {queue.behind}
              ) w USING ({queue.key}) WHERE w.place <= $4 AND {queue.waits} AND m.next_try_at <= $2
              ORDER BY m.{queue.since}, m.{queue.key} LIMIT $5 FOR UPDATE OF m SKIP LOCKED
            ) due WHERE m.{queue.key} = due.{queue.key} RETURNING {columns}""",  # noqa: S608 - constants only
        until, tx.now, busy, width, most,
    )  # fmt: skip
