"""SQL of the outbox."""

from datetime import datetime
from uuid import UUID

import asyncpg

from dinh.exchange.delivery.contracts import Dead, Letter, Message, Outbox
from dinh.exchange.gateway import Envelope
from dinh.exchange.queues import Queue
from dinh.kernel.transactions import ReadTx, WriteTx

STATE = """CASE WHEN m.processed_at IS NOT NULL THEN 'processed' WHEN m.refused_at IS NOT NULL THEN 'refused' WHEN m.dead_at IS NOT NULL THEN 'dead'
  WHEN m.delivered_at IS NOT NULL THEN 'delivered' ELSE 'waiting' END"""
HERE = "m.body IS NOT NULL"
OPEN = "m.delivered_at IS NULL AND m.processed_at IS NULL AND m.refused_at IS NULL AND m.dead_at IS NULL AND m.given_up_at IS NULL"
DEAD = "(m.refused_at IS NOT NULL OR m.dead_at IS NOT NULL) AND m.given_up_at IS NULL AND m.processed_at IS NULL"
# What was told before it in its case, to the same receiver, and has not arrived: nobody overtakes it, also not when it is dead.
# The rooms of a node work on cases together; a member's own system keeps back nobody else's messages by naming their case.
# Written so that it is looked up in the index `outbox_line`, row by row, and no other: the planner believes those of what waits to be empty.
BEFORE = """EXISTS (SELECT 1 FROM exchange.outbox b WHERE b.case_code = m.case_code AND b.receiver = m.receiver AND (b.told_at, b.id) < (m.told_at, m.id)
  AND coalesce(b.delivered_at, 'infinity') = 'infinity' AND b.processed_at IS NULL AND b.given_up_at IS NULL
  AND (b.sender = m.sender OR (b.sender_subsystem IS NULL AND m.sender_subsystem IS NULL)) OFFSET 0)"""
QUEUE = Queue(
    table="outbox", identity="id", since="told_at", waits=f"{OPEN} AND {HERE}", behind=BEFORE, lane="m.receiver",
    columns="""m.id, m.message_id, m.service, m.sender, m.receiver, m.purpose, m.case_code, m.person, m.post, m.assurance, m.key, m.body, m.digest, m.told_at,
      m.revived_at, m.attempts, m.on_behalf_of, m.mandate""",
)  # fmt: skip
NAMED = "m.sender = $1 AND coalesce(m.sender_subsystem, '') = coalesce($2, '')"
ROW = f"""SELECT m.id, m.message_id, m.service, m.sender, m.receiver, m.purpose, m.case_code AS "case", {STATE} AS state, m.told_at, m.attempts,
  CASE WHEN {OPEN} AND {BEFORE} THEN 'exchange.behind' ELSE m.refusal END AS refusal, CASE WHEN {OPEN} THEN m.next_try_at END AS next_try_at,
  m.delivered_at, m.processed_at, m.refused_at, m.dead_at, m.given_up, m.receipt, m.sender_subsystem, m.receiver_subsystem, m.topic, coalesce(m.revived_at, m.told_at) AS sent_at,
  {HERE} AS revivable
  FROM exchange.outbox m"""  # noqa: S608 - constants only


def _message(row: asyncpg.Record) -> Message:
    return Message(**{**dict(row), "message_id": row["message_id"] or str(row["id"])})


async def insert(tx: WriteTx, message: Envelope, key: UUID, body: bytes) -> None:
    await tx.run(
        """INSERT INTO exchange.outbox (id, service, sender, receiver, purpose, case_code, person, post, assurance, key, body, told_at, next_try_at,
             on_behalf_of, mandate, message_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15)""",
        message.id, message.service, message.client, message.provider, message.purpose, message.case, message.person, message.post,
        message.assurance, key, body, message.sent_at, message.on_behalf_of, message.mandate, message.message_id,
    )  # fmt: skip


async def post(tx: WriteTx, message: UUID, letter: Letter, key: UUID, content: bytes, digest: bytes) -> tuple[UUID, bytes | None]:
    """The id and digest of the message that has this letter's id: this one, or the one that came before it. Takes the row's lock."""
    row = await tx.one(
        """INSERT INTO exchange.outbox (id, message_id, service, sender, sender_subsystem, receiver, receiver_subsystem, purpose, case_code, assurance, key,
             body, digest, told_at, next_try_at, topic) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)
           ON CONFLICT (sender, coalesce(sender_subsystem, ''), message_id) DO UPDATE SET message_id = excluded.message_id
           RETURNING id, digest""",
        message, letter.message_id, letter.service, letter.sender, letter.sender_subsystem, letter.receiver, letter.receiver_subsystem, letter.purpose,
        letter.case, letter.assurance, key, content, digest, tx.now, letter.topic,
    )  # fmt: skip
    if row is None:
        raise LookupError(letter.message_id)
    return row["id"], row["digest"]


async def expire(tx: WriteTx, before: datetime) -> list[asyncpg.Record]:
    """What was told, or revived, before then and has no last word yet is dead."""
    return await tx.all(
        f"""UPDATE exchange.outbox m SET dead_at = $2, next_try_at = 'infinity', refusal = coalesce(refusal, 'exchange.expired') WHERE processed_at IS NULL AND refused_at IS NULL
             AND dead_at IS NULL AND given_up_at IS NULL AND {HERE} AND coalesce(revived_at, told_at) < $1
           RETURNING id, service, receiver, refusal, case_code""",  # noqa: S608 - constants only
        before, tx.now,
    )  # fmt: skip


async def undelivered(tx: ReadTx, cases: list[str]) -> set[str]:
    rows = await tx.all(
        """SELECT DISTINCT case_code FROM exchange.outbox WHERE (delivered_at IS NULL OR refused_at IS NOT NULL OR dead_at IS NOT NULL)
             AND processed_at IS NULL AND given_up_at IS NULL AND case_code = ANY ($1)""",
        cases,
    )
    return {row["case_code"] for row in rows}


async def locked(tx: WriteTx, message: UUID) -> Message | None:
    row = await tx.one(f"{ROW} WHERE m.id = $1 FOR UPDATE OF m", message)
    return _message(row) if row else None


async def locked_by_name(tx: WriteTx, sender: str, subsystem: str | None, message_id: str) -> Message | None:
    """Messages of the release before have no name of their own."""
    row = await tx.one(f"{ROW} WHERE {NAMED} AND m.message_id = $3 FOR UPDATE OF m", sender, subsystem, message_id)
    return _message(row) if row else None


async def mark(tx: WriteTx, message: UUID, state: str, refusal: str | None, receipt: str | None) -> None:
    """A further state. The content goes with the receiver's word that it was processed; the fact stays."""
    await tx.run(
        """UPDATE exchange.outbox SET delivered_at = CASE WHEN $2 IN ('delivered', 'processed') THEN coalesce(delivered_at, $3) ELSE delivered_at END,
             processed_at = CASE WHEN $2 = 'processed' THEN $3 END, refused_at = CASE WHEN $2 = 'refused' THEN $3 END,
             next_try_at = CASE WHEN $2 = 'refused' THEN 'infinity' ELSE next_try_at END, refusal = $4, receipt = $5,
             body = CASE WHEN $2 = 'processed' THEN NULL ELSE body END WHERE id = $1""",
        message, state, tx.now, refusal, receipt,
    )  # fmt: skip


async def noted(tx: WriteTx, message: UUID) -> None:
    """That a dead message has arrived after all."""
    await tx.run("UPDATE exchange.outbox SET delivered_at = coalesce(delivered_at, $2) WHERE id = $1", message, tx.now)


async def revive(tx: WriteTx, message: UUID) -> None:
    await tx.run(
        """UPDATE exchange.outbox SET revived_at = $2, next_try_at = $2, attempts = 0, refused_at = NULL, dead_at = NULL, delivered_at = NULL, refusal = NULL,
             receipt = NULL WHERE id = $1""",
        message, tx.now,
    )  # fmt: skip


async def give_up(tx: WriteTx, message: UUID, reason: str) -> None:
    await tx.run(
        "UPDATE exchange.outbox SET given_up_at = $2, given_up = $3, next_try_at = 'infinity', body = NULL WHERE id = $1",
        message,
        tx.now,
        reason,
    )


async def outbox(tx: ReadTx) -> Outbox:
    row = await tx.one(
        f"""SELECT count(*) AS waiting, min(told_at) AS oldest, (array_agg(refusal ORDER BY next_try_at DESC) FILTER (WHERE refusal IS NOT NULL))[1] AS refusal,
             min(next_try_at) AS next_try, (SELECT count(*) FROM exchange.outbox m WHERE {DEAD}) AS dead FROM exchange.outbox m WHERE {OPEN}"""  # noqa: S608
    )
    return Outbox(**dict(row)) if row else Outbox(0, None, None, None)


async def dead(tx: ReadTx, limit: int) -> list[Message]:
    return [_message(row) for row in await tx.all(f"{ROW} WHERE {DEAD} ORDER BY m.told_at, m.id LIMIT $1", limit)]


async def dead_by_reason(tx: ReadTx) -> list[Dead]:
    rows = await tx.all(
        f"SELECT coalesce(refusal, '') AS refusal, count(*) AS count FROM exchange.outbox m WHERE {DEAD} GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608
    )
    return [Dead(**dict(row)) for row in rows]


async def dead_of(tx: WriteTx, refusal: str, limit: int) -> list[UUID]:
    """Those that have their content still, the oldest first."""
    rows = await tx.all(
        f"SELECT m.id FROM exchange.outbox m WHERE {DEAD} AND {HERE} AND coalesce(refusal, '') = $1 ORDER BY told_at, id LIMIT $2",  # noqa: S608
        refusal, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def named(tx: ReadTx, sender: str, subsystem: str | None, message_id: str) -> Message | None:
    row = await tx.one(f"{ROW} WHERE {NAMED} AND m.message_id = $3", sender, subsystem, message_id)
    return _message(row) if row else None


# What still refers to somebody or something: as the index `outbox_over` says it.
_REFERS = "(case_code IS NOT NULL OR person IS NOT NULL OR on_behalf_of IS NOT NULL OR mandate IS NOT NULL OR body IS NOT NULL)"
_OVER = f"coalesce(processed_at, given_up_at) >= $1 AND coalesce(processed_at, given_up_at) < $2 AND {_REFERS}"
_FREE = "(case_code IS NULL OR case_code <> ALL ($3::text[]))"


async def over(tx: ReadTx, start: datetime, end: datetime, held: list[str], limit: int) -> list[tuple[datetime, str]]:
    """Hours in which messages ended that still refer to something, and what holds all of one."""
    rows = await tx.all(
        f"""SELECT date_trunc('hour', coalesce(processed_at, given_up_at), 'UTC') AS hour, CASE WHEN bool_or({_FREE}) THEN '' ELSE 'exchange.held_case' END AS held FROM exchange.outbox WHERE {_OVER}
            GROUP BY 1 ORDER BY 1 LIMIT $4""",  # noqa: S608 - constants only
        start, end, held, limit,
    )  # fmt: skip
    return [(row["hour"], row["held"]) for row in rows]


async def dispose(tx: WriteTx, start: datetime, end: datetime, held: list[str]) -> int:
    return await tx.run(
        f"UPDATE exchange.outbox SET case_code = NULL, person = NULL, on_behalf_of = NULL, mandate = NULL, body = NULL WHERE {_OVER} AND {_FREE}",  # noqa: S608
        start, end, held,
    )  # fmt: skip
