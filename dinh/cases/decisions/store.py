"""SQL of decisions and of the steps that carry them out."""

from uuid import UUID

from dinh.cases.decisions.contracts import Decision
from dinh.cases.desk import Case
from dinh.kernel.transactions import ReadTx, WriteTx


async def insert(tx: WriteTx, case: Case, decision: Decision, ticket: bytes) -> bool:
    """False when the case was decided already."""
    return bool(
        await tx.run(
            """INSERT INTO cases.decision (case_id, unit, person, post, outcome, subject, content, decided_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING""",
            case.id, case.unit, decision.person, decision.post, decision.outcome, decision.subject, ticket, decision.decided_at,
        )
    )  # fmt: skip


async def one(tx: ReadTx, case: UUID) -> tuple[Decision, bytes] | None:
    """Without its ticket, which comes encrypted beside it."""
    row = await tx.one("SELECT person, post, outcome, subject, content, decided_at FROM cases.decision WHERE case_id = $1", case)
    if row is None:
        return None
    return Decision(row["person"], row["post"], row["outcome"], row["subject"], "", row["decided_at"]), row["content"]


async def put_step(tx: WriteTx, case: Case, step: str, content: bytes) -> bool:
    return bool(
        await tx.run(
            "INSERT INTO cases.decision_step (case_id, unit, step, content, done_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            case.id, case.unit, step, content, tx.now,
        )
    )  # fmt: skip


async def steps(tx: ReadTx, case: UUID) -> dict[str, bytes]:
    rows = await tx.all("SELECT step, content FROM cases.decision_step WHERE case_id = $1", case)
    return {row["step"]: row["content"] for row in rows}


async def settle(tx: WriteTx, case: UUID, state: str) -> None:
    await tx.run("UPDATE cases.case SET state = $2, settled_at = $3, holder = NULL WHERE id = $1", case, state, tx.now)
