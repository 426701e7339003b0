"""SQL of the counted figures. They can be thrown away and counted again from the events."""

from datetime import date, datetime

from dinh.kernel.transactions import ReadTx, WriteTx

READER = "indicators"


async def add(tx: WriteTx, counted: dict[tuple[str, str, date], int]) -> None:
    await tx.run_many(
        """INSERT INTO indicators.figure AS f (indicator, unit, day, value) VALUES ($1, $2, $3, $4)
           ON CONFLICT (indicator, unit, day) DO UPDATE SET value = f.value + excluded.value""",
        [(indicator, unit, day, value) for (indicator, unit, day), value in counted.items()],
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


async def by_month(tx: ReadTx) -> list[tuple[date, str, int]]:
    rows = await tx.all(
        """SELECT date_trunc('month', day)::date AS month, indicator, sum(value)::bigint AS value FROM indicators.figure
           GROUP BY 1, 2 ORDER BY 1 DESC, 2"""
    )
    return [(row["month"], row["indicator"], row["value"]) for row in rows]


async def clear(tx: WriteTx) -> None:
    await tx.run("DELETE FROM indicators.figure")
