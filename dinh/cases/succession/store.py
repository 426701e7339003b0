"""SQL of moving a case to another unit: every row of it carries the unit that row-level security goes by."""

from dinh.cases.desk import Case
from dinh.kernel.transactions import ReadTx, WriteTx

_PARTS = ("role", "clock", "finding", "proposal", "decision", "decision_step", "slip", "pause", "mark", "hold")


async def codes_of(tx: ReadTx, unit: str, limit: int) -> list[str]:
    """Open cases first."""
    rows = await tx.all("SELECT code FROM cases.case WHERE unit = $1 AND settled_at IS NULL LIMIT $2", unit, limit)
    rows += await tx.all("SELECT code FROM cases.case WHERE unit = $1 AND settled_at IS NOT NULL LIMIT $2", unit, limit - len(rows))
    return [row["code"] for row in rows]


async def move(tx: WriteTx, case: Case, unit: str, agency: str, holder: str | None) -> None:
    await tx.run("UPDATE cases.case SET unit = $2, agency = $3, holder = $4 WHERE id = $1", case.id, unit, agency, holder)
    for part in _PARTS:
        await tx.run(f"UPDATE cases.{part} SET unit = $2 WHERE case_id = $1", case.id, unit)  # noqa: S608
