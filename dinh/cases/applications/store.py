"""SQL of applications. Row-level security leaves out other people's."""

from uuid import UUID

import asyncpg

from dinh.cases.applications.contracts import Application
from dinh.kernel.transactions import ReadTx, WriteTx

_COLUMNS = "id, person, procedure, version, state, updated_at, key, content, unit, code, due_on, submitted_at, holder, paused_at, promised_on"


def _application(row: asyncpg.Record | None) -> Application | None:
    return Application(**dict(row)) if row else None


async def insert(tx: WriteTx, application: Application) -> None:
    await tx.run(
        "INSERT INTO cases.application (id, person, procedure, version, state, updated_at, key, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        application.id, application.person, application.procedure, application.version, application.state, application.updated_at,
        application.key, application.content,
    )  # fmt: skip


async def one(tx: ReadTx, application: UUID) -> Application | None:
    return _application(await tx.one(f"SELECT {_COLUMNS} FROM cases.application WHERE id = $1", application))  # noqa: S608


async def lock(tx: WriteTx, application: UUID) -> Application | None:
    return _application(await tx.one(f"SELECT {_COLUMNS} FROM cases.application WHERE id = $1 FOR UPDATE", application))  # noqa: S608


async def by_code(tx: ReadTx, code: str) -> Application | None:
    return _application(await tx.one(f"SELECT {_COLUMNS} FROM cases.application WHERE code = $1", code))  # noqa: S608


async def of_person(tx: ReadTx, person: str) -> list[Application]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM cases.application WHERE person = $1 ORDER BY updated_at DESC LIMIT 100", person)  # noqa: S608
    return [Application(**dict(row)) for row in rows]


async def save(tx: WriteTx, application: UUID, content: bytes) -> bool:
    """False when it is no longer a draft."""
    return bool(
        await tx.run("UPDATE cases.application SET content = $2, updated_at = $3 WHERE id = $1 AND state = 'draft'", application, content, tx.now)
    )


async def mark_sent(tx: WriteTx, application: UUID, unit: str) -> None:
    await tx.run(
        "UPDATE cases.application SET state = 'sent', unit = $2, submitted_at = $3, updated_at = $3 WHERE id = $1", application, unit, tx.now
    )


async def amend(tx: WriteTx, application: UUID, content: bytes) -> None:
    await tx.run("UPDATE cases.application SET content = $2 WHERE id = $1 AND state = 'supplement'", application, content)
