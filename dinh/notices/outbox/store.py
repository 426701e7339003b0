"""SQL of what leaves."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dinh.kernel.transactions import WriteTx
from dinh.notices.definitions import Channel
from dinh.notices.outbox.contracts import Attempt, Delivery


async def insert(tx: WriteTx, delivery: Delivery) -> None:
    """The same notice twice by one channel is one message."""
    await tx.run(
        """INSERT INTO notices.delivery (id, person, channel, contact, notice, key, sealed, made_at, next_try_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) ON CONFLICT (notice, channel) DO NOTHING""",
        delivery.id, delivery.person, delivery.channel, delivery.contact, delivery.notice, delivery.key, delivery.sealed, delivery.made_at,
        delivery.expires_at,
    )  # fmt: skip


async def lease(tx: WriteTx, channels: Sequence[Channel], until: datetime, limit: int) -> list[Delivery]:
    """Take due messages for this sender until `until`; if it dies, they are due again then."""
    rows = await tx.all(
        """UPDATE notices.delivery d SET next_try_at = $1, attempts = attempts + 1 FROM (
             SELECT id FROM notices.delivery WHERE state = 'waiting' AND next_try_at <= $2 AND channel = ANY($3)
             ORDER BY next_try_at, id LIMIT $4 FOR UPDATE SKIP LOCKED
           ) due WHERE d.id = due.id
           RETURNING d.id, person, channel, contact, notice, key, sealed, made_at, expires_at, attempts""",
        until, tx.now, list(channels), limit,
    )  # fmt: skip
    return sorted((Delivery(**dict(row)) for row in rows), key=lambda delivery: delivery.id)


async def end(tx: WriteTx, delivery: UUID, state: str, attempt: Attempt) -> bool:
    """A code leaves with its delivery. False when it had ended before."""
    return bool(
        await tx.run(
            """UPDATE notices.delivery SET state = $2, ended_at = $3, fault = nullif($4, ''), reference = nullif($5, ''), sealed = NULL, key = NULL
               WHERE id = $1 AND state = 'waiting'""",
            delivery, state, tx.now, attempt.fault, attempt.reference,
        )
    )  # fmt: skip


async def again(tx: WriteTx, delivery: UUID, next_try: datetime, fault: str) -> None:
    await tx.run("UPDATE notices.delivery SET next_try_at = $2, fault = $3 WHERE id = $1 AND state = 'waiting'", delivery, next_try, fault)


async def cancel(tx: WriteTx, contact: UUID) -> None:
    """What waits for a contact that is gone, replaced or silent."""
    await tx.run(
        "UPDATE notices.delivery SET state = 'cancelled', ended_at = $2, sealed = NULL, key = NULL WHERE contact = $1 AND state = 'waiting'",
        contact, tx.now,
    )  # fmt: skip


async def forget(tx: WriteTx, before: datetime) -> int:
    return await tx.run("DELETE FROM notices.delivery WHERE ended_at < $1", before)
