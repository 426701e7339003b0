"""SQL of what is being typed at the counter. Row-level security leaves out other units'."""

from datetime import datetime
from uuid import UUID

import msgspec

from dinh.cases.counter.contracts import Intake
from dinh.kernel.transactions import ReadTx, WriteTx

_COLUMNS = "id, unit, post, procedure, version, person, key, content, started_at"


async def insert(tx: WriteTx, intake: Intake) -> None:
    await tx.run(f"INSERT INTO cases.intake ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", *msgspec.structs.astuple(intake))  # noqa: S608


async def one(tx: ReadTx, intake: UUID) -> Intake | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM cases.intake WHERE id = $1", intake)  # noqa: S608
    return Intake(**dict(row)) if row else None


async def lock(tx: WriteTx, intake: UUID) -> Intake | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM cases.intake WHERE id = $1 FOR UPDATE", intake)  # noqa: S608
    return Intake(**dict(row)) if row else None


async def save(tx: WriteTx, intake: UUID, content: bytes) -> None:
    await tx.run("UPDATE cases.intake SET content = $2 WHERE id = $1", intake, content)


async def remove(tx: WriteTx, intake: UUID) -> None:
    await tx.run("DELETE FROM cases.intake WHERE id = $1", intake)


async def of_post(tx: ReadTx, post: str) -> tuple[list[tuple[UUID, str, datetime]], int]:
    """What a post has not finished, the newest first, and how many there are."""
    sql = "SELECT id, procedure, started_at, count(*) OVER () AS every FROM cases.intake WHERE post = $1 ORDER BY started_at DESC LIMIT 50"
    rows = await tx.all(sql, post)
    return [(row["id"], row["procedure"], row["started_at"]) for row in rows], rows[0]["every"] if rows else 0
