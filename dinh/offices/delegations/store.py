"""SQL of lent authority."""

from datetime import date
from uuid import UUID

import asyncpg
import msgspec

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices.delegations.contracts import Delegation

_COLUMNS = "id, from_post, to_post, duty, procedures, since, until, ref, given_at, revoked_at"


def _delegation(row: asyncpg.Record) -> Delegation:
    return Delegation(**dict(row))


async def insert(tx: WriteTx, delegation: Delegation) -> None:
    await tx.run(
        f"INSERT INTO offices.delegation ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",  # noqa: S608
        *msgspec.structs.astuple(delegation),
    )


async def to_posts(tx: ReadTx, posts: list[str], day: date) -> list[Delegation]:
    """What is lent to these posts that day."""
    running = "revoked_at IS NULL AND since <= $2 AND $2 < until"
    rows = await tx.all(f"SELECT {_COLUMNS} FROM offices.delegation WHERE to_post = ANY ($1) AND {running}", posts, day)  # noqa: S608
    return [_delegation(row) for row in rows]


async def from_post(tx: ReadTx, post: str) -> list[Delegation]:
    """All that a post ever lent, the newest first."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM offices.delegation WHERE from_post = $1 ORDER BY given_at DESC LIMIT 100", post)  # noqa: S608
    return [_delegation(row) for row in rows]


async def revoke(tx: WriteTx, delegation: UUID, post: str) -> Delegation | None:
    """None for another post's, and for one that was revoked before."""
    row = await tx.one(
        f"UPDATE offices.delegation SET revoked_at = $3 WHERE id = $1 AND from_post = $2 AND revoked_at IS NULL RETURNING {_COLUMNS}",  # noqa: S608
        delegation, post, tx.now,
    )  # fmt: skip
    return _delegation(row) if row else None
