"""SQL of the civil-status register that its description does not give."""

from datetime import date

from dinh.kernel.transactions import ReadTx, WriteTx


async def lock_case(tx: WriteTx, case: str) -> None:
    """Two deliveries of one case wait for each other: a number of the book is given once."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('birth:' || $1, 0))", case)


async def next_number(tx: WriteTx, unit: str, year: int) -> int:
    """The next number in the unit's book of the year. Takes its row lock until the transaction ends."""
    return int(
        await tx.value(
            """INSERT INTO registers.book AS b (unit, year, last) VALUES ($1, $2, 1)
               ON CONFLICT (unit, year) DO UPDATE SET last = b.last + 1 RETURNING last""",
            unit, year,
        )
    )  # fmt: skip


async def births_of(tx: ReadTx, mother: str | None, father: str | None, born: date) -> list[tuple[str, str]]:
    """Case and folded name of births of these parents on that day."""
    rows = await tx.all(
        "SELECT case_code, full_name_folded FROM registers.birth WHERE (mother = $1 OR father = $2) AND birth_date = $3", mother, father, born
    )
    return [(row["case_code"], row["full_name_folded"]) for row in rows]
