"""SQL of what the agency told. An application that was filed elsewhere becomes known here."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from dinh.cases.slips import Slip
from dinh.cases.tracking.contracts import Step
from dinh.kernel.transactions import ReadTx, WriteTx


async def put_progress(tx: WriteTx, application: UUID, told: dict[str, Any], at: datetime, due: date) -> bool:
    """Whether the application is new here: it was filed elsewhere. An older turn, or another person's or unit's, changes nothing."""
    row = await tx.one(
        """INSERT INTO cases.application AS a (id, person, procedure, version, state, updated_at, unit, code, due_on, submitted_at, holder, told_at,
             paused_at, promised_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $6, $12, $13)
           ON CONFLICT (id) DO UPDATE SET code = excluded.code, due_on = excluded.due_on, state = excluded.state, holder = excluded.holder,
             updated_at = excluded.updated_at, told_at = excluded.told_at, paused_at = excluded.paused_at, promised_on = excluded.promised_on,
             unit = excluded.unit
           WHERE a.person = excluded.person AND (a.told_at IS NULL OR a.told_at < excluded.told_at)
           RETURNING xmax = 0 AS fresh""",
        application, told["person"], told["procedure"], date.fromisoformat(told["version"]), told["state"], at, told["unit"], told["code"], due,
        datetime.fromisoformat(told["received_at"]), told["holder"], _moment(told.get("paused_at")), _day(told.get("promised_on")),
    )  # fmt: skip
    return bool(row and row["fresh"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


async def move(tx: WriteTx, application: UUID, state: str) -> None:
    """What the applicant did, until the agency has taken it in."""
    await tx.run("UPDATE cases.application SET state = $2, updated_at = $3 WHERE id = $1", application, state, tx.now)


async def person_of(tx: ReadTx, application: UUID) -> tuple[str, str | None] | None:
    """Whose it is, and the unit that handles it."""
    row = await tx.one("SELECT person, unit FROM cases.application WHERE id = $1", application)
    return (row["person"], row["unit"]) if row else None


async def insert_slip(tx: WriteTx, application: UUID, slip: Slip, key: UUID, content: bytes) -> None:
    await tx.run(
        """INSERT INTO cases.application_slip (id, application, kind, serial, issued_at, post, key, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT DO NOTHING""",
        slip.id, application, slip.kind, slip.serial, slip.issued_at, slip.post, key, content,
    )  # fmt: skip


async def slips(tx: ReadTx, application: UUID) -> list[asyncpg.Record]:
    return await tx.all(
        "SELECT id, kind, serial, issued_at, post, key, content FROM cases.application_slip WHERE application = $1 ORDER BY issued_at, id",
        application,
    )


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
