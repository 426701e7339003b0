"""SQL of applications. Row-level security leaves out other people's."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from dinh.cases.applications.contracts import Application, Step
from dinh.kernel.transactions import ReadTx, WriteTx

_COLUMNS = "id, person, procedure, version, state, updated_at, key, content, unit, code, due_on, submitted_at, holder"


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


async def put_progress(tx: WriteTx, application: UUID, told: dict[str, Any], at: datetime, due: date) -> bool:
    """Whether the application is new here: it was filed elsewhere. An older turn, or another person's or unit's, changes nothing."""
    row = await tx.one(
        """INSERT INTO cases.application AS a (id, person, procedure, version, state, updated_at, unit, code, due_on, submitted_at, holder, told_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $6)
           ON CONFLICT (id) DO UPDATE SET code = excluded.code, due_on = excluded.due_on, state = excluded.state, holder = excluded.holder,
             updated_at = excluded.updated_at, told_at = excluded.told_at
           WHERE a.person = excluded.person AND a.unit = excluded.unit AND (a.told_at IS NULL OR a.told_at < excluded.told_at)
           RETURNING xmax = 0 AS fresh""",
        application, told["person"], told["procedure"], date.fromisoformat(told["version"]), told["state"], at, told["unit"], told["code"], due,
        datetime.fromisoformat(told["received_at"]), told["holder"],
    )  # fmt: skip
    return bool(row and row["fresh"])


async def insert_step(tx: WriteTx, application: UUID, step: Step) -> bool:
    return bool(
        await tx.run(
            "INSERT INTO cases.application_step (application, at, state, holder, note) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            application, step.at, step.state, step.holder, step.note,
        )
    )  # fmt: skip


async def steps(tx: ReadTx, application: UUID) -> list[Step]:
    rows = await tx.all("SELECT at, state, holder, note FROM cases.application_step WHERE application = $1 ORDER BY at", application)
    return [Step(**dict(row)) for row in rows]
