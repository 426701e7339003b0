"""SQL of what waits for providers' own systems."""

from datetime import datetime
from uuid import UUID

from dinh.exchange.delivery import Waiting
from dinh.exchange.handover.contracts import Arrived, Outcome
from dinh.kernel.transactions import ReadTx, WriteTx

COLUMNS = """h.message, h.message_id, h.service, h.sender, h.sender_subsystem, h.receiver, h.receiver_subsystem, h.purpose, h.case_code AS "case", h.sent_at,
  h.arrived_at, h.attempts, h.next_try_at, h.refusal, h.processed_at, h.refused_at, h.key, h.content"""
OPEN = "h.processed_at IS NULL AND h.refused_at IS NULL"
BEFORE = """EXISTS (SELECT 1 FROM exchange.handover b WHERE b.sender = h.sender AND b.case_code = h.case_code AND b.receiver = h.receiver
  AND (b.arrived_at, b.message) < (h.arrived_at, h.message) AND b.processed_at IS NULL AND b.refused_at IS NULL)"""


async def lease(tx: WriteTx, until: datetime, limit: int) -> list[Arrived]:
    """Due ones, for this deliverer until `until`. Of what a sender told of a case only the first that waits."""
    rows = await tx.all(
        f"""UPDATE exchange.handover h SET next_try_at = $1, attempts = h.attempts + 1 FROM (
              SELECT h.message FROM exchange.handover h WHERE {OPEN} AND h.next_try_at <= $2 AND NOT {BEFORE}
              ORDER BY h.arrived_at, h.message LIMIT $3 FOR UPDATE SKIP LOCKED
            ) due WHERE h.message = due.message RETURNING {COLUMNS}""",  # noqa: S608 - constants only
        until, tx.now, limit,
    )  # fmt: skip
    return [Arrived(**dict(row)) for row in rows]


async def failed(tx: WriteTx, message: UUID, next_try: datetime, refusal: str) -> None:
    await tx.run("UPDATE exchange.handover SET next_try_at = $2, refusal = $3 WHERE message = $1", message, next_try, refusal)


async def end(tx: WriteTx, message: UUID, outcome: Outcome, refusal: str | None) -> datetime | None:
    """When it was sent, as its sender last said it; None when it has ended before. The content goes."""
    found: datetime | None = await tx.value(
        f"""UPDATE exchange.handover h SET content = NULL, refusal = $4, processed_at = CASE WHEN $3 = 'processed' THEN $2::timestamptz END,
              refused_at = CASE WHEN $3 = 'refused' THEN $2::timestamptz END WHERE message = $1 AND {OPEN} RETURNING sent_at""",  # noqa: S608
        message, tx.now, outcome, refusal,
    )  # fmt: skip
    return found


async def waiting(tx: ReadTx) -> list[Waiting]:
    rows = await tx.all(
        f"""SELECT service, receiver, refusal, count(*) AS count, min(arrived_at) AS oldest, max(attempts) AS attempts, min(next_try_at) AS next_try,
              true AS handover FROM exchange.handover h WHERE {OPEN} GROUP BY service, receiver, refusal ORDER BY oldest, service, receiver"""  # noqa: S608
    )
    return [Waiting(**dict(row)) for row in rows]


async def due_now(tx: WriteTx) -> int:
    return await tx.run(f"UPDATE exchange.handover h SET next_try_at = $1 WHERE {OPEN} AND next_try_at > $1", tx.now)  # noqa: S608


async def named(tx: ReadTx, receiver: str, subsystem: str | None, message_id: str) -> Arrived | None:
    """The newest that this receiver got under a name: two senders may use the same one."""
    row = await tx.one(
        f"""SELECT {COLUMNS} FROM exchange.handover h WHERE h.receiver = $1 AND coalesce(h.receiver_subsystem, '') = coalesce($2, '') AND h.message_id = $3
            ORDER BY h.arrived_at DESC LIMIT 1""",  # noqa: S608 - constants only
        receiver, subsystem, message_id,
    )  # fmt: skip
    return Arrived(**dict(row)) if row else None


_OVER = """coalesce(processed_at, refused_at) >= $1 AND coalesce(processed_at, refused_at) < $2 AND (case_code IS NOT NULL OR content IS NOT NULL)"""
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
    return await tx.run(f"UPDATE exchange.handover SET case_code = NULL, content = NULL WHERE {_OVER} AND {_FREE}", start, end, held)  # noqa: S608
