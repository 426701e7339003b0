"""SQL of the counted and the published figures. They can be thrown away and counted again from the events."""

from datetime import date, datetime

import asyncpg

from dinh.indicators.disclosure import TOTAL, Cell, Shown
from dinh.indicators.figures.contracts import Line
from dinh.kernel.transactions import ReadTx, WriteTx

READER = "figures"
Key = tuple[str, date, str, str]


# Counting


async def add(tx: WriteTx, counted: dict[Key, int], position: int) -> None:
    rows = [(*key, value) for key, value in counted.items()]
    await tx.run_many(
        """INSERT INTO indicators.cell AS c (indicator, month, unit, procedure, value) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (indicator, month, unit, procedure) DO UPDATE SET value = c.value + excluded.value""",
        rows,
    )
    await tx.run_many(
        """INSERT INTO indicators.month (indicator, month, changed) VALUES ($1, $2, $3)
           ON CONFLICT (indicator, month) DO UPDATE SET changed = excluded.changed""",
        [(indicator, month, position) for indicator, month in sorted({(row[0], row[1]) for row in rows})],
    )


async def note_reading(tx: WriteTx, position: int, at: datetime) -> None:
    await tx.run(
        """INSERT INTO indicators.reading (one, position, read_at) VALUES (true, $1, $2)
           ON CONFLICT (one) DO UPDATE SET position = excluded.position, read_at = excluded.read_at""",
        position, at,
    )  # fmt: skip


async def reading(tx: ReadTx) -> tuple[int, datetime] | None:
    row = await tx.one("SELECT position, read_at FROM indicators.reading")
    return (row["position"], row["read_at"]) if row else None


async def clear(tx: WriteTx) -> None:
    for table in ("cell", "published", "month"):
        await tx.run(f"DELETE FROM indicators.{table}")  # noqa: S608


# Publishing


async def waiting(tx: ReadTx) -> tuple[str, date, int] | None:
    """An indicator's month that changed and may be published now, and the event it changed with."""
    row = await tx.one(
        "SELECT indicator, month, changed FROM indicators.month WHERE changed > published AND due_at <= $1 ORDER BY due_at, month LIMIT 1", tx.now
    )
    return (row["indicator"], row["month"], row["changed"]) if row else None


async def cells(tx: ReadTx, indicator: str, month: date) -> dict[Cell, int]:
    rows = await tx.all("SELECT unit, procedure, value FROM indicators.cell WHERE indicator = $1 AND month = $2", indicator, month)
    return {(row["unit"], row["procedure"]): row["value"] for row in rows}


async def put_published(tx: WriteTx, indicator: str, month: date, table: dict[Cell, Shown]) -> None:
    await tx.run("DELETE FROM indicators.published WHERE indicator = $1 AND month = $2", indicator, month)
    await tx.run_many(
        "INSERT INTO indicators.published (indicator, month, unit, procedure, value, hidden) VALUES ($1, $2, $3, $4, $5, $6)",
        [(indicator, month, *cell, one.value, one.hidden) for cell, one in table.items()],
    )


async def note_published(tx: WriteTx, indicator: str, month: date, changed: int, due_at: datetime) -> bool:
    """False when the figures were cleared meanwhile."""
    return bool(
        await tx.run(
            "UPDATE indicators.month SET published = $3, due_at = $4 WHERE indicator = $1 AND month = $2 AND published < $3",
            indicator, month, changed, due_at,
        )
    )  # fmt: skip


# What public pages read


def _shown(row: asyncpg.Record) -> Shown:
    return Shown(row["value"], row["hidden"])


async def totals(tx: ReadTx, since: date) -> list[tuple[date, str, Shown]]:
    rows = await tx.all(
        """SELECT month, indicator, value, hidden FROM indicators.published WHERE unit = '' AND procedure = '' AND month >= $1
           ORDER BY month DESC, indicator""",
        since,
    )  # fmt: skip
    return [(row["month"], row["indicator"], _shown(row)) for row in rows]


async def lines(tx: ReadTx, indicator: str, since: date, until: date) -> list[Line]:
    """From the newest month; totals first."""
    rows = await tx.all(
        """SELECT month, unit, procedure, value, hidden FROM indicators.published WHERE indicator = $1 AND month BETWEEN $2 AND $3
           ORDER BY month DESC, unit, procedure""",
        indicator, since, until,
    )  # fmt: skip
    return [Line(row["month"], row["unit"] or TOTAL, row["procedure"] or TOTAL, _shown(row)) for row in rows]
