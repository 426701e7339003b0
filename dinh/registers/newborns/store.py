"""SQL of news of births."""

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.registers.newborns.contracts import Newborn


async def insert(tx: WriteTx, service: str, newborn: Newborn) -> bool:
    """False when this register has it already."""
    return bool(
        await tx.run(
            """INSERT INTO registers.newborn (service, case_code, child, unit, registered_on, born_on, number, mother, father, noted_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING""",
            service, newborn.case, newborn.child, newborn.unit, newborn.registered_on, newborn.born_on, newborn.number, newborn.mother, newborn.father,
            tx.now,
        )
    )  # fmt: skip


async def noted(tx: ReadTx, service: str, case: str) -> Newborn | None:
    row = await tx.one(
        """SELECT child, case_code AS "case", unit, registered_on, born_on, number, mother, father FROM registers.newborn
           WHERE service = $1 AND case_code = $2""",
        service, case,
    )  # fmt: skip
    return Newborn(**dict(row)) if row else None
