"""SQL of slips, pauses and endings. Row-level security leaves out other units' cases."""

from datetime import date, datetime
from uuid import UUID

import asyncpg

from dinh.cases.desk import Case
from dinh.cases.slips import Slip
from dinh.kernel.transactions import ReadTx, WriteTx


async def next_serial(tx: ReadTx, case: UUID, kind: str) -> int:
    """Behind the case's lock."""
    return int(await tx.value("SELECT count(*) + 1 FROM cases.slip WHERE case_id = $1 AND kind = $2", case, kind))


async def insert_slip(tx: WriteTx, case: Case, slip: Slip, content: bytes) -> None:
    await tx.run(
        "INSERT INTO cases.slip (id, case_id, unit, kind, serial, issued_at, post, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        slip.id, case.id, case.unit, slip.kind, slip.serial, slip.issued_at, slip.post, content,
    )  # fmt: skip


async def slips(tx: ReadTx, case: UUID) -> list[asyncpg.Record]:
    return await tx.all("SELECT id, kind, serial, issued_at, post, content FROM cases.slip WHERE case_id = $1 ORDER BY issued_at, id", case)


async def pause(tx: WriteTx, case: Case, slip: UUID, basis: str) -> None:
    await tx.run(
        """WITH stood AS (INSERT INTO cases.pause (case_id, unit, since, slip, basis) VALUES ($1, $2, $3, $4, $5))
           UPDATE cases.case SET state = 'supplement', paused_at = $3 WHERE id = $1""",
        case.id, case.unit, tx.now, slip, basis,
    )  # fmt: skip


async def end_pause(tx: WriteTx, case: UUID, until: datetime) -> None:
    await tx.run("UPDATE cases.pause SET until = greatest(since, $2) WHERE case_id = $1 AND until IS NULL", case, until)


async def pauses(tx: ReadTx, case: UUID) -> list[tuple[datetime, datetime]]:
    rows = await tx.all("SELECT since, until FROM cases.pause WHERE case_id = $1 AND until IS NOT NULL ORDER BY since", case)
    return [(row["since"], row["until"]) for row in rows]


async def clock(tx: ReadTx, case: UUID) -> asyncpg.Record:
    row = await tx.one("SELECT counted_from, original_due_on, calendar, late_arrival FROM cases.clock WHERE case_id = $1", case)
    if row is None:
        message = "a case without a clock"
        raise LookupError(message)
    return row


async def resume(tx: WriteTx, case: Case, content: bytes, state: str, due_on: date, due_at: datetime) -> None:
    """With the answers that came. What the registers said about the old ones is stale, and no proposal stands."""
    await tx.run(
        """WITH asked AS (UPDATE cases.finding SET stale_at = $6 WHERE case_id = $1 AND stale_at IS NULL)
           UPDATE cases.case SET content = $2, state = $3, due_on = $4, due_at = $5, paused_at = NULL WHERE id = $1""",
        case.id, content, state, due_on, due_at, tx.now,
    )  # fmt: skip


async def promise(tx: WriteTx, case: UUID, day: date) -> None:
    await tx.run("UPDATE cases.case SET promised_on = $2 WHERE id = $1", case, day)


async def return_proposal(tx: WriteTx, case: UUID) -> str | None:
    """The post that had proposed, if a proposal stood."""
    post: str | None = await tx.value(
        "UPDATE cases.proposal SET returned_at = $2 WHERE case_id = $1 AND returned_at IS NULL RETURNING post", case, tx.now
    )
    return post


async def end(tx: WriteTx, case: UUID, state: str) -> None:
    await tx.run("UPDATE cases.case SET state = $2, settled_at = $3, holder = NULL, paused_at = NULL WHERE id = $1", case, state, tx.now)
