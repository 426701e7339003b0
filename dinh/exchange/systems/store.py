"""SQL of the systems that this node serves."""

from dinh.exchange.systems.contracts import System
from dinh.kernel.transactions import ReadTx, WriteTx


async def insert(tx: WriteTx, system: System) -> None:
    await tx.run(
        "INSERT INTO exchange.system (id, subsystem, connection, digest, admitted_at) VALUES ($1, $2, $3, $4, $5)",
        system.id, system.subsystem, system.connection, system.digest, system.admitted_at,
    )  # fmt: skip


async def dismiss(tx: WriteTx, subsystem: str) -> int:
    return await tx.run("UPDATE exchange.system SET dismissed_at = $2 WHERE subsystem = $1 AND dismissed_at IS NULL", subsystem, tx.now)


async def admitted(tx: ReadTx) -> list[System]:
    rows = await tx.all(
        "SELECT id, subsystem, connection, digest, admitted_at FROM exchange.system WHERE dismissed_at IS NULL ORDER BY subsystem, id"
    )
    return [System(**dict(row)) for row in rows]
