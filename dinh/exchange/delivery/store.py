"""SQL of the outbox."""

from datetime import datetime
from uuid import UUID

import asyncpg

from dinh.exchange.delivery.contracts import Outbox
from dinh.exchange.gateway import Envelope
from dinh.kernel.transactions import ReadTx, WriteTx


async def insert(tx: WriteTx, message: Envelope, key: UUID, body: bytes) -> None:
    await tx.run(
        """INSERT INTO exchange.outbox (id, service, sender, receiver, purpose, case_code, person, post, assurance, key, body, told_at, next_try_at,
             on_behalf_of, mandate) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14)""",
        message.id, message.service, message.client, message.provider, message.purpose, message.case, message.person, message.post,
        message.assurance, key, body, message.sent_at, message.on_behalf_of, message.mandate,
    )  # fmt: skip


async def lease(tx: WriteTx, until: datetime, limit: int) -> list[asyncpg.Record]:
    """Take due messages for this deliverer until `until`; if it dies, they are due again then."""
    return await tx.all(
        """UPDATE exchange.outbox o SET next_try_at = $1, attempts = attempts + 1 FROM (
             SELECT id FROM exchange.outbox WHERE delivered_at IS NULL AND next_try_at <= $2 ORDER BY told_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
           ) due WHERE o.id = due.id
           RETURNING o.id, service, sender, receiver, purpose, case_code, person, post, assurance, key, body, told_at, attempts, on_behalf_of, mandate""",
        until, tx.now, limit,
    )  # fmt: skip


async def undelivered(tx: ReadTx, cases: list[str]) -> set[str]:
    rows = await tx.all("SELECT DISTINCT case_code FROM exchange.outbox WHERE delivered_at IS NULL AND case_code = ANY ($1)", cases)
    return {row["case_code"] for row in rows}


async def delivered(tx: WriteTx, message: UUID) -> None:
    """The content leaves with the delivery; the fact stays."""
    await tx.run("UPDATE exchange.outbox SET delivered_at = $2, body = NULL, refusal = NULL WHERE id = $1", message, tx.now)


async def failed(tx: WriteTx, message: UUID, next_try: datetime, refusal: str) -> None:
    await tx.run("UPDATE exchange.outbox SET next_try_at = $2, refusal = $3 WHERE id = $1", message, next_try, refusal)


async def outbox(tx: ReadTx) -> Outbox:
    row = await tx.one(
        """SELECT count(*) AS waiting, min(told_at) AS oldest, (array_agg(refusal ORDER BY next_try_at DESC) FILTER (WHERE refusal IS NOT NULL))[1] AS refusal,
             min(next_try_at) AS next_try FROM exchange.outbox WHERE delivered_at IS NULL"""
    )
    return Outbox(**dict(row)) if row else Outbox(0, None, None, None)


async def due_now(tx: WriteTx) -> int:
    return await tx.run("UPDATE exchange.outbox SET next_try_at = $1 WHERE delivered_at IS NULL AND next_try_at > $1", tx.now)
