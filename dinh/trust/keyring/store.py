"""SQL of the certificates."""

from collections.abc import Sequence
from datetime import datetime

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust.keyring.contracts import Expiry, Until


async def put(tx: WriteTx, rows: Sequence[tuple[str, str, datetime]]) -> None:
    """Handle, PEM and end of each."""
    await tx.run(
        """INSERT INTO trust.certificate (handle, pem, not_after, kept_at)
           SELECT *, $4::timestamptz FROM unnest($1::text[], $2::text[], $3::timestamptz[])
           ON CONFLICT (handle) DO UPDATE SET pem = excluded.pem, not_after = excluded.not_after, kept_at = excluded.kept_at""",
        *zip(*rows, strict=True), tx.now,
    )  # fmt: skip


async def handles(tx: ReadTx) -> set[str]:
    return {row["handle"] for row in await tx.all("SELECT handle FROM trust.certificate")}


async def soonest(tx: ReadTx) -> list[Expiry]:
    rows = await tx.all(
        "SELECT split_part(handle, '.', 1) AS kind, count(*) AS count, min(not_after) AS soonest FROM trust.certificate GROUP BY 1 ORDER BY 1"
    )
    return [Expiry(**dict(row)) for row in rows]


async def until(tx: ReadTx) -> list[Until]:
    return [Until(**dict(row)) for row in await tx.all("SELECT handle, not_after AS until FROM trust.certificate ORDER BY not_after, handle")]


async def get(tx: ReadTx, handle: str) -> str | None:
    pem: str | None = await tx.value("SELECT pem FROM trust.certificate WHERE handle = $1", handle)
    return pem


async def get_all(tx: ReadTx, handles: list[str]) -> dict[str, str]:
    return {row["handle"]: row["pem"] for row in await tx.all("SELECT handle, pem FROM trust.certificate WHERE handle = ANY($1)", handles)}
