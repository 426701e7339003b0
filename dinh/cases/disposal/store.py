"""SQL of disposal: which cases have ended, what holds them, and what goes."""

from uuid import UUID

import asyncpg

from dinh.cases.desk import Case
from dinh.cases.disposal.contracts import Hold
from dinh.kernel.retention import Wanted
from dinh.kernel.transactions import ReadTx, WriteTx


async def ended(tx: ReadTx, wanted: Wanted) -> list[asyncpg.Record]:
    return await tx.all(
        """SELECT id, code, settled_at FROM cases.case WHERE settled_at < $1 AND disposed_at IS NULL AND id > $2
             AND (cardinality($3::text[]) = 0 OR procedure = ANY ($3)) AND procedure <> ALL ($4::text[]) ORDER BY id LIMIT $5""",
        wanted.before, wanted.after, wanted.procedures, wanted.not_procedures, wanted.limit,
    )  # fmt: skip


async def lock_ended(tx: WriteTx, case: UUID) -> asyncpg.Record | None:
    return await tx.one(
        """SELECT c.id, c.code, c.unit, c.agency, c.procedure, c.application, r.person FROM cases.case c
           JOIN cases.role r ON r.case_id = c.id AND r.role = 'applicant'
           WHERE c.id = $1 AND c.settled_at IS NOT NULL AND c.disposed_at IS NULL FOR UPDATE OF c""",
        case,
    )


async def of_applicant(tx: ReadTx, unit: str, person: str, code: str) -> asyncpg.Record | None:
    """The person's own case in this unit."""
    return await tx.one(
        """SELECT c.id, c.code, c.procedure, c.settled_at, c.disposed_at FROM cases.case c JOIN cases.role r ON r.case_id = c.id AND r.role = 'applicant'
           WHERE c.code = $1 AND c.unit = $2 AND r.person = $3""",
        code, unit, person,
    )  # fmt: skip


async def about(tx: ReadTx, unit: str, person: str) -> list[asyncpg.Record]:
    return await tx.all(
        """SELECT c.code, c.procedure, c.version, c.received_at, c.state, r.role FROM cases.role r JOIN cases.case c ON c.id = r.case_id
           WHERE r.person = $2 AND c.unit = $1 ORDER BY c.received_at, c.code LIMIT 500""",
        unit, person,
    )  # fmt: skip


async def was_erased(tx: ReadTx, code: str) -> bool:
    """Disposed of already: its person is not named there any more."""
    return bool(await tx.value("SELECT 1 FROM cases.case WHERE code = $1 AND disposed_at IS NOT NULL", code))


async def ordered(tx: ReadTx, codes: list[str]) -> set[str]:
    rows = await tx.all("SELECT case_code FROM cases.hold WHERE lifted_at IS NULL AND case_code = ANY ($1)", codes)
    return {row["case_code"] for row in rows}


async def open_about(tx: ReadTx, marks: list[bytes], but: str) -> set[bytes]:
    """Which of these marks an open case carries; cases of the procedure `but` do not count."""
    rows = await tx.all(
        "SELECT m.mark FROM cases.mark m JOIN cases.case c ON c.id = m.case_id WHERE m.mark = ANY ($1) AND c.settled_at IS NULL AND c.procedure <> $2",
        marks,
        but,
    )
    return {row["mark"] for row in rows}


async def dispose(tx: WriteTx, case: UUID) -> None:
    """Persons, and what the case was found by, leave; the row stays."""
    await tx.run("DELETE FROM cases.mark WHERE case_id = $1", case)
    await tx.run("DELETE FROM cases.role WHERE case_id = $1 AND role <> 'applicant'", case)
    await tx.run("UPDATE cases.role SET person = '' WHERE case_id = $1", case)
    await tx.run("UPDATE cases.proposal SET person = '' WHERE case_id = $1", case)
    await tx.run("UPDATE cases.decision SET person = '' WHERE case_id = $1", case)
    await tx.run("UPDATE cases.case SET disposed_at = $2 WHERE id = $1", case, tx.now)


async def dispose_application(tx: WriteTx, application: UUID, person: str, unit: str) -> str | None:
    """The procedure of the application, once."""
    procedure: str | None = await tx.value(
        """UPDATE cases.application SET content = NULL, disposed_at = $4 WHERE id = $1 AND person = $2 AND unit = $3 AND disposed_at IS NULL
           RETURNING procedure""",
        application, person, unit, tx.now,
    )  # fmt: skip
    if procedure is not None:
        await tx.run("DELETE FROM cases.application_slip WHERE application = $1", application)
    return procedure


async def place(tx: WriteTx, hold: UUID, case: Case, reference: str) -> bool:
    return bool(
        await tx.run(
            "INSERT INTO cases.hold (id, case_id, unit, case_code, reference, placed_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            hold, case.id, case.unit, case.code, reference, tx.now,
        )
    )  # fmt: skip


async def lift(tx: WriteTx, code: str) -> str | None:
    unit: str | None = await tx.value("UPDATE cases.hold SET lifted_at = $2 WHERE case_code = $1 AND lifted_at IS NULL RETURNING unit", code, tx.now)
    return unit


async def holds(tx: ReadTx) -> list[Hold]:
    rows = await tx.all('SELECT case_code AS "case", reference, placed_at FROM cases.hold WHERE lifted_at IS NULL ORDER BY placed_at, case_code')
    return [Hold(**dict(row)) for row in rows]
