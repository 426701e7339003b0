"""SQL of what joined nodes asked for."""

from dinh.exchange.renewals.contracts import Pending, Renewal
from dinh.kernel.transactions import ReadTx, WriteTx


async def answered(tx: ReadTx, node: str, handle: str) -> str | None:
    found: str | None = await tx.value("SELECT certificate FROM exchange.renewal WHERE node = $1 AND handle = $2", node, handle)
    return found


async def ask(tx: WriteTx, renewal: Renewal) -> bool:
    """In place of what this node asked for before. False when it waits already, in the same words."""
    touched = await tx.run(
        """INSERT INTO exchange.renewal AS old (node, handle, request, asked_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (node, handle) DO UPDATE SET request = excluded.request, asked_at = excluded.asked_at, certificate = NULL
           WHERE old.request <> excluded.request OR old.certificate IS NOT NULL""",
        renewal.node, renewal.handle, renewal.request, tx.now,
    )  # fmt: skip
    return bool(touched)


async def answer(tx: WriteTx, asked: Pending, certificate: str) -> bool:
    """False when something else is asked by now, or it was answered. Locks the row."""
    touched = await tx.run(
        "UPDATE exchange.renewal SET certificate = $4 WHERE node = $1 AND handle = $2 AND request = $3 AND certificate IS NULL",
        asked.node, asked.handle, asked.request, certificate,
    )  # fmt: skip
    return bool(touched)


async def pending(tx: ReadTx) -> list[Pending]:
    rows = await tx.all("SELECT node, handle, request, asked_at FROM exchange.renewal WHERE certificate IS NULL ORDER BY asked_at, node, handle")
    return [Pending(**dict(row)) for row in rows]
