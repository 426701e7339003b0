"""SQL of the timestamps."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from dinh.exchange.stamps.contracts import Kept, Standing, Waiting
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import BatchSignature


async def waiting(tx: ReadTx, most: int, only: Sequence[UUID] | None = None) -> list[Waiting]:
    """The oldest first; or those of `only`, if they wait."""
    rows = await tx.all(
        """SELECT b.id, b.made_at, b.root, b.signature
           FROM (SELECT batch, made_at FROM exchange.unstamped WHERE $2::uuid[] IS NULL OR batch = ANY ($2) ORDER BY made_at, batch LIMIT $1) w
           JOIN exchange.batch b ON b.id = w.batch AND b.made_at = w.made_at ORDER BY b.made_at, b.id""",
        most, only,
    )  # fmt: skip
    return [Waiting(row["id"], row["made_at"], row["root"], msgspec.msgpack.decode(row["signature"], type=BatchSignature)) for row in rows]


async def standings(tx: ReadTx, fingerprints: Collection[bytes]) -> dict[bytes, Standing]:
    """The newest of each certificate."""
    rows = await tx.all(
        """SELECT DISTINCT ON (fingerprint) id, fingerprint, certificate, response, until FROM exchange.standing
           WHERE fingerprint = ANY ($1) ORDER BY fingerprint, kept_at DESC""",
        list(fingerprints),
    )
    return {row["fingerprint"]: Standing(**dict(row)) for row in rows}


async def keep_standings(tx: WriteTx, fresh: Sequence[Standing]) -> None:
    await tx.run_many(
        "INSERT INTO exchange.standing (id, fingerprint, certificate, response, until, kept_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [(one.id, one.fingerprint, one.certificate, one.response, one.until, tx.now) for one in fresh],
    )


async def keep_stamp(tx: WriteTx, kept: Kept) -> bool:
    """False when another process was quicker with some of them: then nothing is kept."""
    ids = [one.id for one in kept.batches]
    if await tx.run("DELETE FROM exchange.unstamped WHERE batch = ANY ($1)", ids) != len(ids):
        return False
    await tx.run(
        "INSERT INTO exchange.stamp (id, at, tsa, token, leaves, kept_at) VALUES ($1, $2, $3, $4, $5, $6)",
        kept.id, kept.at, kept.tsa, kept.token, b"".join(kept.leaves), tx.now,
    )  # fmt: skip
    rows = [(one.id, one.made_at, kept.id, place, kept.standings[place]) for place, one in enumerate(kept.batches)]
    await tx.copy("exchange", "stamped", ("batch", "made_at", "stamp", "place", "standing"), rows)
    return True
