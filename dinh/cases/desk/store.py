"""SQL of the desk. Row-level security leaves out other units' cases."""

from datetime import date
from uuid import UUID

import asyncpg
import msgspec

from dinh.cases.clocks import Due
from dinh.cases.desk.contracts import Case, Proposal
from dinh.cases.procedures import Deadline
from dinh.kernel.transactions import ReadTx, WriteTx

_COLUMNS = (
    "c.id, c.code, c.application, c.procedure, c.version, c.unit, c.agency, c.channel, c.state, c.received_at, c.due_on, c.due_at, c.settled_at, "
    "c.holder, c.key, c.content, c.paused_at, c.promised_on, r.person AS applicant, "
    "EXISTS (SELECT 1 FROM cases.proposal p WHERE p.case_id = c.id AND p.returned_at IS NULL) AS proposed, "
    "ARRAY(SELECT x.person FROM cases.role x WHERE x.case_id = c.id AND x.role = 'representative') AS representatives"
)
_FROM = "FROM cases.case c JOIN cases.role r ON r.case_id = c.id AND r.role = 'applicant'"


def _case(row: asyncpg.Record | None) -> Case | None:
    return Case(**dict(row)) if row else None


async def next_number(tx: WriteTx, unit: str, day: date) -> int:
    """The unit's next number of the day. Takes that row's lock until the transaction ends: numbers have no gaps."""
    return int(
        await tx.value(
            """INSERT INTO cases.counter AS k (unit, day, last) VALUES ($1, $2, 1)
               ON CONFLICT (unit, day) DO UPDATE SET last = k.last + 1 RETURNING last""",
            unit, day,
        )
    )  # fmt: skip


async def known(tx: ReadTx, application: UUID) -> bool:
    return bool(await tx.value("SELECT 1 FROM cases.case WHERE application = $1", application))


async def insert(tx: WriteTx, case: Case, due: Due, deadline: Deadline, marks: list[bytes]) -> None:
    """Case, applicant's role, clock and what it is found by, in one statement."""
    await tx.run(
        """WITH new_case AS (
             INSERT INTO cases.case (id, code, application, procedure, version, unit, agency, channel, state, received_at, due_on, due_at, holder,
               key, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
           ), new_role AS (
             INSERT INTO cases.role (case_id, unit, person, role) VALUES ($1, $6, $16, 'applicant')
           ), new_marks AS (
             INSERT INTO cases.mark (case_id, unit, mark) SELECT $1, $6, unnest($22::bytea[])
           )
           INSERT INTO cases.clock (case_id, unit, started_at, counted_from, days, calendar, rule_ref, original_due_on, late_arrival)
           VALUES ($1, $6, $10, $17, $18, $19, $20, $11, $21)""",
        case.id, case.code, case.application, case.procedure, case.version, case.unit, case.agency, case.channel, case.state, case.received_at,
        case.due_on, case.due_at, case.holder, case.key, case.content, case.applicant, due.counted_from, deadline.days, deadline.calendar,
        deadline.ref, due.late_arrival, marks,
    )  # fmt: skip


async def add_representative(tx: WriteTx, case: Case, person: str) -> None:
    await tx.run(
        "INSERT INTO cases.role (case_id, unit, person, role) VALUES ($1, $2, $3, 'representative') ON CONFLICT DO NOTHING",
        case.id,
        case.unit,
        person,
    )


async def by_code(tx: ReadTx, code: str) -> Case | None:
    return _case(await tx.one(f"SELECT {_COLUMNS} {_FROM} WHERE c.code = $1", code))


async def by_application(tx: ReadTx, application: UUID) -> Case | None:
    return _case(await tx.one(f"SELECT {_COLUMNS} {_FROM} WHERE c.application = $1", application))


async def lock(tx: WriteTx, code: str) -> Case | None:
    return _case(await tx.one(f"SELECT {_COLUMNS} {_FROM} WHERE c.code = $1 FOR UPDATE OF c", code))


async def move(tx: WriteTx, case: UUID, state: str, holder: str | None) -> None:
    await tx.run("UPDATE cases.case SET state = $2, holder = $3 WHERE id = $1", case, state, holder)


async def put_finding(tx: WriteTx, case: Case, content: bytes) -> None:
    await tx.run(
        """INSERT INTO cases.finding (case_id, unit, checked_at, content) VALUES ($1, $2, $3, $4)
           ON CONFLICT (case_id) DO UPDATE SET checked_at = excluded.checked_at, content = excluded.content, stale_at = NULL""",
        case.id, case.unit, tx.now, content,
    )  # fmt: skip


async def finding(tx: ReadTx, case: UUID) -> bytes | None:
    content: bytes | None = await tx.value("SELECT content FROM cases.finding WHERE case_id = $1 AND stale_at IS NULL", case)
    return content


async def put_proposal(tx: WriteTx, case: Case, proposal: Proposal) -> None:
    await tx.run(
        """INSERT INTO cases.proposal (case_id, unit, person, post, outcome, note, proposed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (case_id) DO UPDATE SET person = excluded.person, post = excluded.post, outcome = excluded.outcome, note = excluded.note,
             proposed_at = excluded.proposed_at, returned_at = NULL""",
        case.id, case.unit, *msgspec.structs.astuple(proposal),
    )  # fmt: skip


async def proposal(tx: ReadTx, case: UUID) -> Proposal | None:
    row = await tx.one("SELECT person, post, outcome, note, proposed_at FROM cases.proposal WHERE case_id = $1 AND returned_at IS NULL", case)
    return Proposal(**dict(row)) if row else None
