"""SQL of what waits for providers' own systems."""

from datetime import datetime
from uuid import UUID

import asyncpg

from dinh.exchange.handover.contracts import Arrived, Outcome
from dinh.exchange.queues import Queue
from dinh.kernel.transactions import ReadTx, WriteTx

COLUMNS = """m.message, m.message_id, m.service, m.sender, m.sender_subsystem, m.receiver, m.receiver_subsystem, m.purpose, m.case_code AS "case", m.sent_at,
  m.arrived_at, m.attempts, m.next_try_at, m.refusal, m.processed_at, m.refused_at, m.key, m.content"""
OPEN = "m.processed_at IS NULL AND m.refused_at IS NULL"
BEFORE = """EXISTS (SELECT 1 FROM exchange.handover b WHERE b.sender = m.sender AND b.case_code = m.case_code AND b.receiver = m.receiver
  AND (b.arrived_at, b.message) < (m.arrived_at, m.message) AND b.processed_at IS NULL AND b.refused_at IS NULL OFFSET 0)"""
# Each service has a system of its own.
QUEUE = Queue(
    table="handover", identity="message", since="arrived_at", columns=COLUMNS, waits=OPEN, behind=BEFORE,
    lane="concat_ws('/', m.receiver, m.receiver_subsystem, m.service)",
)  # fmt: skip


def arrived(row: asyncpg.Record) -> Arrived:
    return Arrived(**{name: row[name] for name in Arrived.__struct_fields__})


async def end(tx: WriteTx, message: UUID, outcome: Outcome, refusal: str | None) -> datetime | None:
    """When it was sent, as its sender last said it; None when it has ended before. The content goes."""
    found: datetime | None = await tx.value(
        f"""UPDATE exchange.handover m SET content = NULL, refusal = $4, processed_at = CASE WHEN $3 = 'processed' THEN $2::timestamptz END,
              refused_at = CASE WHEN $3 = 'refused' THEN $2::timestamptz END WHERE message = $1 AND {OPEN} RETURNING sent_at""",  # noqa: S608
        message, tx.now, outcome, refusal,
    )  # fmt: skip
    return found


async def named(tx: ReadTx, receiver: str, subsystem: str | None, message_id: str) -> Arrived | None:
    """The newest that this receiver got under a name: two senders may use the same one."""
    row = await tx.one(
        f"""SELECT {COLUMNS} FROM exchange.handover m WHERE m.receiver = $1 AND coalesce(m.receiver_subsystem, '') = coalesce($2, '') AND m.message_id = $3
            ORDER BY m.arrived_at DESC LIMIT 1""",  # noqa: S608 - constants only
        receiver, subsystem, message_id,
    )  # fmt: skip
    return arrived(row) if row else None


_OVER = """coalesce(processed_at, refused_at) >= $1 AND coalesce(processed_at, refused_at) < $2 AND (case_code IS NOT NULL OR content IS NOT NULL OR whom IS NOT NULL)"""
_FREE = "(case_code IS NULL OR case_code <> ALL ($3::text[]))"


async def over(tx: ReadTx, start: datetime, end: datetime, held: list[str], limit: int) -> list[tuple[datetime, str]]:
    """Hours in which handovers ended that still refer to something, and what holds all of one."""
    rows = await tx.all(
        f"""SELECT date_trunc('hour', coalesce(processed_at, refused_at), 'UTC') AS hour, CASE WHEN bool_or({_FREE}) THEN '' ELSE 'exchange.held_case' END AS held FROM exchange.handover WHERE {_OVER}
            GROUP BY 1 ORDER BY 1 LIMIT $4""",  # noqa: S608 - constants only
        start, end, held, limit,
    )  # fmt: skip
    return [(row["hour"], row["held"]) for row in rows]


async def dispose(tx: WriteTx, start: datetime, end: datetime, held: list[str]) -> int:
    return await tx.run(f"UPDATE exchange.handover SET case_code = NULL, content = NULL, whom = NULL WHERE {_OVER} AND {_FREE}", start, end, held)  # noqa: S608
