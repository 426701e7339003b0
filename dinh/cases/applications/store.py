"""SQL of applications. Row-level security leaves out other people's."""

from datetime import datetime
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
    sql = f"SELECT {_COLUMNS} FROM cases.application WHERE person = $1 AND state <> 'discarded' ORDER BY updated_at DESC LIMIT 100"  # noqa: S608
    return [Application(**dict(row)) for row in await tx.all(sql, person)]


async def drafts(tx: ReadTx, person: str, procedure: str) -> list[Application]:
    sql = f"SELECT {_COLUMNS} FROM cases.application WHERE person = $1 AND procedure = $2 AND state = 'draft' ORDER BY updated_at DESC LIMIT 5"  # noqa: S608
    return [Application(**dict(row)) for row in await tx.all(sql, person, procedure)]


async def save(tx: WriteTx, application: UUID, content: bytes) -> bool:
    """False when it is no longer a draft. What was kept from an ended session has been dealt with."""
    return bool(
        await tx.run(
            """UPDATE cases.application SET content = $2, updated_at = $3, kept = NULL, kept_until = NULL, aging_told_at = NULL
               WHERE id = $1 AND state = 'draft'""",
            application, content, tx.now,
        )
    )  # fmt: skip


async def mark_sent(tx: WriteTx, application: UUID, unit: str) -> None:
    await tx.run(
        "UPDATE cases.application SET state = 'sent', unit = $2, submitted_at = $3, updated_at = $3 WHERE id = $1", application, unit, tx.now
    )


async def amend(tx: WriteTx, application: UUID, key: UUID, content: bytes) -> None:
    """The key too: a case that was entered at the counter has had none here."""
    await tx.run("UPDATE cases.application SET content = $2, key = $3 WHERE id = $1 AND state = 'supplement'", application, content, key)


async def keep(tx: WriteTx, application: UUID, content: bytes, until: datetime) -> None:
    await tx.run("UPDATE cases.application SET kept = $2, kept_until = $3 WHERE id = $1 AND state = 'draft'", application, content, until)


async def kept(tx: ReadTx, application: UUID) -> bytes | None:
    found: bytes | None = await tx.value("SELECT kept FROM cases.application WHERE id = $1 AND kept_until > $2", application, tx.now)
    return found


async def forget_kept(tx: WriteTx) -> int:
    return await tx.run("UPDATE cases.application SET kept = NULL, kept_until = NULL WHERE state = 'draft' AND kept_until < $1", tx.now)


async def discard(tx: WriteTx, application: UUID) -> None:
    await tx.run(
        """UPDATE cases.application SET state = 'discarded', content = NULL, kept = NULL, kept_until = NULL, updated_at = $2
           WHERE id = $1 AND state = 'draft'""",
        application, tx.now,
    )  # fmt: skip


async def untouched(tx: WriteTx, since: datetime, limit: int) -> list[Application]:
    """Drafts that nobody saved since then. Locked, without waiting for those that someone saves now."""
    sql = (
        f"SELECT {_COLUMNS} FROM cases.application WHERE state = 'draft' AND updated_at < $1"  # noqa: S608
        " ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED"
    )
    return [Application(**dict(row)) for row in await tx.all(sql, since, limit)]


async def aging(tx: WriteTx, since: datetime, limit: int) -> list[Application]:
    """The same, of which nobody was told yet; from now on they count as told."""
    sql = f"""UPDATE cases.application SET aging_told_at = $3 WHERE id IN (
                SELECT id FROM cases.application WHERE state = 'draft' AND updated_at < $1 AND aging_told_at IS NULL
                ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING {_COLUMNS}"""  # noqa: S608
    return [Application(**dict(row)) for row in await tx.all(sql, since, limit, tx.now)]
