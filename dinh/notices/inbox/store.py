"""SQL of notices. Row-level security leaves out other people's."""

from datetime import datetime
from uuid import UUID

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.notices.inbox.contracts import Notice

READER = "notices"
_COLUMNS = "id, person, kind, urgency, case_code, facts, occurred_at, made_at, read_at"


async def insert(tx: WriteTx, notice: Notice, event: UUID, position: int, keep_until: datetime) -> bool:
    """False when this event has been told."""
    return bool(
        await tx.run(
            """INSERT INTO notices.notice (id, event, position, person, kind, urgency, case_code, facts, occurred_at, made_at, keep_until)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (event) DO NOTHING""",
            notice.id, event, position, notice.person, notice.kind, notice.urgency, notice.case_code, notice.facts, notice.occurred_at, notice.made_at,
            keep_until,
        )
    )  # fmt: skip


async def told(tx: ReadTx, person: str, case: str, position: int) -> dict[str, str]:
    """What this person was last told of the case before that event, field by field."""
    rows = await tx.all(
        "SELECT facts FROM notices.notice WHERE person = $1 AND case_code = $2 AND position < $3 ORDER BY position", person, case, position
    )
    return {name: value for row in rows for name, value in row["facts"].items()}


async def page(tx: ReadTx, person: str, limit: int, offset: int) -> list[Notice]:
    """Unread first, then newest first."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM notices.notice WHERE person = $1 ORDER BY (read_at IS NULL) DESC, id DESC LIMIT $2 OFFSET $3",  # noqa: S608
        person, limit, offset,
    )  # fmt: skip
    return [Notice(**dict(row)) for row in rows]


async def one(tx: ReadTx, notice: UUID) -> Notice | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM notices.notice WHERE id = $1", notice)  # noqa: S608
    return Notice(**dict(row)) if row else None


async def mark(tx: WriteTx, person: str, notice: UUID | None) -> int:
    """One notice, or all of the person's. How many were unread."""
    return await tx.run(
        "UPDATE notices.notice SET read_at = $3 WHERE person = $1 AND read_at IS NULL AND ($2::uuid IS NULL OR id = $2)", person, notice, tx.now
    )


async def unread(tx: ReadTx, person: str) -> int:
    """By a function of the schema's owner: one statement, also without a transaction."""
    return int(await tx.value("SELECT notices.unread($1)", person))


async def forget(tx: WriteTx) -> int:
    return await tx.run("DELETE FROM notices.notice WHERE keep_until < $1", tx.now)
