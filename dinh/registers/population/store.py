"""SQL of the population that its description does not give."""

from datetime import date

import asyncpg

from dinh.kernel.transactions import ReadTx, WriteTx


async def count(tx: ReadTx) -> int:
    return int(await tx.value("SELECT count(*) FROM registers.person"))


async def candidates(tx: ReadTx, units: list[str], born_after: date, born_before: date, each: int) -> list[asyncpg.Record]:
    """The first `each` living persons of each unit, in order of number."""
    return await tx.all(
        """SELECT ref, number, full_name, sex, spouse, birth_date, residence_unit, rank FROM (
             SELECT ref, number, full_name, sex, spouse, birth_date, residence_unit, row_number() OVER (PARTITION BY residence_unit ORDER BY number) AS rank
             FROM registers.person WHERE residence_unit = ANY ($1) AND birth_date BETWEEN $2 AND $3 AND death_date IS NULL) r
           WHERE rank <= $4 ORDER BY residence_unit, rank""",
        units, born_after, born_before, each,
    )  # fmt: skip


async def lock_parents(tx: WriteTx, parents: list[str]) -> None:
    """Births of one parent wait for each other, in one order: what one case wrote the other sees."""
    for parent in sorted(parents):
        await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('parent:' || $1, 0))", parent)


async def children_of(tx: ReadTx, parents: list[str], born: date) -> list[str]:
    """Folded names of children of any of these parents, born that day."""
    rows = await tx.all(
        "SELECT full_name_folded FROM registers.person WHERE (mother = ANY ($1) OR father = ANY ($1)) AND birth_date = $2", parents, born
    )
    return [row["full_name_folded"] for row in rows]


async def children(tx: ReadTx, parent: str) -> list[asyncpg.Record]:
    return await tx.all(
        "SELECT ref, full_name, birth_date FROM registers.person WHERE (mother = $1 OR father = $1) AND death_date IS NULL ORDER BY birth_date, ref",
        parent,
    )


async def is_restricted(tx: ReadTx, person: str) -> bool:
    return bool(await tx.value("SELECT 1 FROM registers.restriction WHERE person = $1 AND lifted_at IS NULL", person))


async def restrict(tx: WriteTx, person: str, case: str) -> bool:
    """False when it is restricted already, by this case or another."""
    return bool(
        await tx.run("INSERT INTO registers.restriction (case_code, person, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", case, person, tx.now)
    )


async def lift(tx: WriteTx, person: str, case: str) -> bool:
    return bool(
        await tx.run(
            "UPDATE registers.restriction SET lifted_by = $2, lifted_at = $3 WHERE person = $1 AND lifted_at IS NULL AND case_code <> $2",
            person,
            case,
            tx.now,
        )
    )


async def lock_case(tx: WriteTx, case: str) -> None:
    """Two deliveries of one case wait for each other: the second finds what the first wrote."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", case)
