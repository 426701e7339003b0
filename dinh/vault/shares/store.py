"""SQL of the shares."""

from uuid import UUID

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.vault.shares.contracts import Share

_COLUMNS = "id, document, person, purpose, key, words, token_hash, made_at, until, views, used, revoked_at"


async def insert(tx: WriteTx, share: Share) -> bool:
    """False when it is there already: the same form came twice."""
    return bool(
        await tx.run(
            """INSERT INTO vault.share (id, document, person, purpose, key, words, token_hash, made_at, until, views)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING""",
            share.id, share.document, share.person, share.purpose, share.key, share.words, share.token_hash, share.made_at, share.until, share.views,
        )
    )  # fmt: skip


async def one(tx: ReadTx, share: UUID) -> Share | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM vault.share WHERE id = $1", share)  # noqa: S608
    return Share(**dict(row)) if row else None


async def by_token(tx: ReadTx, token_hash: bytes) -> Share | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM vault.share WHERE token_hash = $1", token_hash)  # noqa: S608
    return Share(**dict(row)) if row else None


async def of_person(tx: ReadTx, person: str, document: UUID | None) -> list[Share]:
    sql = f"SELECT {_COLUMNS} FROM vault.share WHERE person = $1 AND ($2::uuid IS NULL OR document = $2)"  # noqa: S608
    return [Share(**dict(row)) for row in await tx.all(sql, person, document)]


async def use(tx: WriteTx, share: UUID) -> bool:
    """Count one opening of the file; False when the share has ended, also in this very moment."""
    return bool(
        await tx.run(
            """UPDATE vault.share SET used = used + 1
               WHERE id = $1 AND revoked_at IS NULL AND until > $2 AND (views IS NULL OR used < views)""",
            share, tx.now,
        )
    )  # fmt: skip


async def revoke(tx: WriteTx, share: UUID) -> bool:
    return bool(await tx.run("UPDATE vault.share SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", share, tx.now))
