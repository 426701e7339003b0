"""SQL of what a node holds: its anchor, the documents that the registry signed, and the gaps without them."""

from datetime import datetime
from typing import Any

from dinh.exchange.members.contracts import Anchor, State
from dinh.kernel.transactions import ReadTx, WriteTx

# Versions of a document that stay, so that the newest that verifies can be used.
KEPT = 10


async def anchor(tx: ReadTx) -> Anchor | None:
    row = await tx.one("SELECT instance, key FROM exchange.anchor")
    return Anchor(**dict(row)) if row else None


async def put_anchor(tx: WriteTx, anchor: Anchor) -> None:
    await tx.run("INSERT INTO exchange.anchor (instance, key, since) VALUES ($1, $2, $3)", anchor.instance, anchor.key, tx.now)


async def newest(tx: ReadTx, kind: str) -> tuple[int, datetime] | None:
    row = await tx.one("SELECT version, made_at FROM exchange.held WHERE kind = $1 ORDER BY version DESC LIMIT 1", kind)
    return (row["version"], row["made_at"]) if row else None


async def marks(tx: ReadTx) -> dict[str, tuple[int, datetime]]:
    """By kind, version and time of the newest."""
    rows = await tx.all("SELECT DISTINCT ON (kind) kind, version, made_at FROM exchange.held ORDER BY kind, version DESC")
    return {row["kind"]: (row["version"], row["made_at"]) for row in rows}


async def states(tx: ReadTx) -> list[State]:
    rows = await tx.all("SELECT DISTINCT ON (kind) kind, version, made_at, until, checked_at FROM exchange.held ORDER BY kind, version DESC")
    return [State(**dict(row)) for row in rows]


async def documents(tx: ReadTx, kind: str) -> list[str]:
    """The newest first."""
    return [row["document"] for row in await tx.all("SELECT document FROM exchange.held WHERE kind = $1 ORDER BY version DESC", kind)]


async def keep(tx: WriteTx, kind: str, version: int, made_at: datetime, until: datetime, document: str) -> None:
    await tx.run(
        """INSERT INTO exchange.held (kind, version, made_at, until, checked_at, document) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (kind, version) DO UPDATE
             SET made_at = excluded.made_at, until = excluded.until, checked_at = excluded.checked_at, document = excluded.document""",
        kind, version, made_at, until, tx.now, document,
    )  # fmt: skip
    await tx.run("DELETE FROM exchange.held WHERE kind = $1 AND version <= $2", kind, version - KEPT)


async def checked(tx: WriteTx, kind: str, version: int) -> None:
    await tx.run("UPDATE exchange.held SET checked_at = $3 WHERE kind = $1 AND version = $2", kind, version, tx.now)


async def lock(tx: WriteTx, kind: str) -> None:
    """One document of a kind is taken in at a time: a late older one finds the newer."""
    await tx.one("SELECT pg_advisory_xact_lock(hashtext('exchange.held'), hashtext($1))", kind)


async def open_gap(tx: WriteTx, part: str) -> bool:
    """False when it is open already."""
    return bool(await tx.run("INSERT INTO exchange.gap (part, opened_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", part, tx.now))


async def close_gap(tx: WriteTx, part: str) -> datetime | None:
    """When it was opened; None when none was open."""
    found: Any = await tx.value("UPDATE exchange.gap SET closed_at = $2 WHERE part = $1 AND closed_at IS NULL RETURNING opened_at", part, tx.now)
    return found  # type: ignore[no-any-return]
