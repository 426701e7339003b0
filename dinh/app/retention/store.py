"""When the last run was."""

from datetime import datetime

from dinh.app.operator import Mark, put_mark
from dinh.kernel.transactions import ReadTx, WriteTx

NAME = "retention"


async def mark(tx: WriteTx, disposed: int, *, proved: bool) -> None:
    await put_mark(tx, Mark(NAME, tx.now, "proved" if proved else "unproved", disposed))


async def last_run(tx: ReadTx) -> datetime | None:
    found: datetime | None = await tx.value("SELECT at FROM app.mark WHERE name = $1", NAME)
    return found
