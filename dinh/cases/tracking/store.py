"""SQL of what the agency told. An application that was filed elsewhere becomes known here."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from dinh.cases.tracking.contracts import Step
from dinh.kernel.transactions import ReadTx, WriteTx


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
