"""SQL of the civil-status register that its descriptions do not give."""

from datetime import date

from dinh.kernel.transactions import ReadTx


async def births_of(tx: ReadTx, mother: str | None, father: str | None, born: date) -> list[tuple[str, str]]:
    """Case and folded name of births of these parents on that day."""
    rows = await tx.all(
        "SELECT case_code, full_name_folded FROM registers.birth WHERE (mother = $1 OR father = $2) AND birth_date = $3", mother, father, born
    )
    return [(row["case_code"], row["full_name_folded"]) for row in rows]


async def death_of(tx: ReadTx, person: str) -> str | None:
    found: str | None = await tx.value("SELECT case_code FROM registers.death WHERE person = $1", person)
    return found


async def deaths_on(tx: ReadTx, died: date, unit: str) -> list[tuple[str, str]]:
    """Case and folded name of deaths on that day that a unit has registered of persons without a record."""
    rows = await tx.all("SELECT case_code, full_name_folded FROM registers.death WHERE unit = $1 AND death_date = $2 AND person IS NULL", unit, died)
    return [(row["case_code"], row["full_name_folded"]) for row in rows]
