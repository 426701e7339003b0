"""SQL of what is known about certificates."""

from datetime import datetime

from dinh.kernel.transactions import ReadTx


async def certificates(tx: ReadTx) -> dict[str, str]:
    """Every certificate that was ever registered, in PEM by its SHA-256: what was signed with it is judged for years."""
    return {row["key"]: row["pem"] for row in await tx.all("SELECT key, entry->>'pem' AS pem FROM exchange.registration WHERE kind = 'certificate'")}


async def revocation(tx: ReadTx, key: str) -> tuple[datetime, str] | None:
    """Since when, and why, a certificate is revoked."""
    row = await tx.one(
        "SELECT made_at, entry->>'reason' AS reason FROM exchange.registration WHERE kind = 'revocation' AND key = $1 AND ended_at IS NULL",
        f"certificate/{key}",
    )
    return (row["made_at"], row["reason"]) if row else None
