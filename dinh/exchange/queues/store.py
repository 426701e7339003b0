"""SQL that every queue of messages needs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from dinh.exchange.queues.contracts import Queue, Waiting
from dinh.kernel.transactions import ReadTx, WriteTx


async def lease(tx: WriteTx, queue: Queue, until: datetime, busy: Sequence[str], width: int, most: int) -> list[asyncpg.Record]:
    """Take due messages for this deliverer until `until`; if it dies, they are due again then. Nothing of the lanes that are busy; of each other one `width`
    at most, and of a case only the first that waits.
    """
    of, order, due = f"exchange.{queue.table} m", f"m.{queue.since}, m.{queue.identity}", f"{queue.waits} AND m.next_try_at <= $2"
    # A plan that was made while little waited is no plan for much; by arrays each part is done once, whatever the planner believes.
    await tx.run("SET LOCAL plan_cache_mode = force_custom_plan")
    chosen = f"""SELECT {queue.identity} FROM (
        SELECT m.{queue.identity}, m.{queue.since}, row_number() OVER (PARTITION BY {queue.lane} ORDER BY {order}) AS place FROM {of}
        WHERE {due} AND {queue.lane} <> ALL ($3::text[]) AND NOT {queue.behind}
      ) m WHERE place <= $4 ORDER BY {order} LIMIT $5"""  # noqa: S608 - constants only
    return await tx.all(
        f"""UPDATE {of} SET next_try_at = $1, attempts = m.attempts + 1 WHERE m.{queue.identity} = ANY (ARRAY(
              SELECT m.{queue.identity} FROM {of} WHERE m.{queue.identity} = ANY (ARRAY({chosen})) AND {due} FOR UPDATE SKIP LOCKED
            )) RETURNING {queue.columns}, {queue.lane} AS lane""",  # noqa: S608 - constants only
        until, tx.now, busy, width, most,
    )  # fmt: skip


async def failed(tx: WriteTx, queue: Queue, message: UUID, next_try: datetime, refusal: str) -> None:
    """Its last word may have come meanwhile; then there is no next try."""
    await tx.run(
        f"UPDATE exchange.{queue.table} m SET next_try_at = $2, refusal = $3 WHERE m.{queue.identity} = $1 AND {queue.waits}",  # noqa: S608
        message, next_try, refusal,
    )  # fmt: skip


async def due_now(tx: WriteTx, queue: Queue) -> int:
    return await tx.run(f"UPDATE exchange.{queue.table} m SET next_try_at = $1 WHERE {queue.waits} AND m.next_try_at > $1", tx.now)  # noqa: S608


async def waiting(tx: ReadTx, queue: Queue) -> list[Waiting]:
    """By service, receiver and reason; the reason of what another one holds up is that."""
    rows = await tx.all(
        f"""SELECT service, receiver, refusal, count(*) AS count, min(since) AS oldest, max(attempts) AS attempts, min(next_try_at) AS next_try FROM (
              SELECT m.service, m.receiver, CASE WHEN {queue.behind} THEN 'exchange.behind' ELSE m.refusal END AS refusal, m.{queue.since} AS since, m.attempts,
                m.next_try_at FROM exchange.{queue.table} m WHERE {queue.waits}
            ) w GROUP BY service, receiver, refusal ORDER BY oldest, service, receiver"""  # noqa: S608 - constants only
    )
    return [Waiting(**dict(row)) for row in rows]
