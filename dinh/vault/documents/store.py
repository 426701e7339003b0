"""SQL of the documents and of who opened them."""

from typing import Any
from uuid import UUID

import asyncpg

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.vault.documents.contracts import Document

_COLUMNS = "id, person, kind, title, issuer, issued_on, case_code, file, sha256, status, deposited_at, replaces, superseded_by, superseded_at"


def _document(row: asyncpg.Record | None) -> Document | None:
    return Document(**dict(row)) if row else None


async def insert(tx: WriteTx, document: Document, token_hash: bytes) -> bool:
    """False when this very result of the case is here already."""
    return bool(
        await tx.run(
            """INSERT INTO vault.document (id, person, kind, title, issuer, issued_on, case_code, file, sha256, status, deposited_at, replaces, token_hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (case_code, kind) DO NOTHING""",
            document.id, document.person, document.kind, document.title, document.issuer, document.issued_on, document.case_code, document.file,
            document.sha256, document.status, document.deposited_at, document.replaces, token_hash,
        )
    )  # fmt: skip


async def of_person(tx: ReadTx, person: str) -> list[Document]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM vault.document WHERE person = $1", person)  # noqa: S608
    return [Document(**dict(row)) for row in rows]


async def one(tx: ReadTx, document: UUID) -> Document | None:
    """Row-level security leaves out other people's."""
    return _document(await tx.one(f"SELECT {_COLUMNS} FROM vault.document WHERE id = $1", document))  # noqa: S608


async def lock(tx: WriteTx, document: UUID) -> Document | None:
    return _document(await tx.one(f"SELECT {_COLUMNS} FROM vault.document WHERE id = $1 FOR UPDATE", document))  # noqa: S608


async def lock_of_case(tx: WriteTx, case: str, but: UUID) -> list[Document]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM vault.document WHERE case_code = $1 AND id <> $2 ORDER BY id FOR UPDATE", case, but)  # noqa: S608
    return [Document(**dict(row)) for row in rows]


async def replacing(tx: ReadTx, document: Document) -> UUID | None:
    """What the same agency issued to the same person in this one's place, and that was here first."""
    found: UUID | None = await tx.value(
        "SELECT id FROM vault.document WHERE replaces = $1 AND issuer = $2 AND person = $3 AND id <> $4 ORDER BY issued_on, id LIMIT 1",
        document.case_code, document.issuer, document.person, document.id,
    )  # fmt: skip
    return found


async def supersede(tx: WriteTx, document: UUID, by: UUID) -> bool:
    sql = "UPDATE vault.document SET status = 'superseded', superseded_by = $2, superseded_at = $3 WHERE id = $1 AND status = 'valid'"
    return bool(await tx.run(sql, document, by, tx.now))


async def by_token(tx: ReadTx, token_hash: bytes) -> Document | None:
    """By the code on the paper, or the one on its verification sheet."""
    return _document(
        await tx.one(
            f"""SELECT {_COLUMNS} FROM vault.document WHERE id = (SELECT id FROM vault.document WHERE token_hash = $1
                UNION ALL SELECT document FROM vault.link WHERE token_hash = $1 LIMIT 1)""",  # noqa: S608
            token_hash,
        )
    )


async def by_sha256(tx: ReadTx, sha256: bytes) -> Document | None:
    return _document(await tx.one(f"SELECT {_COLUMNS} FROM vault.document WHERE sha256 = $1", sha256))  # noqa: S608


async def put_link(tx: WriteTx, token_hash: bytes, document: Document) -> None:
    await tx.run(
        "INSERT INTO vault.link (token_hash, document, person, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        token_hash, document.id, document.person, tx.now,
    )  # fmt: skip


async def insert_opening(tx: WriteTx, opening: UUID, document: Document, share: UUID | None, what: str, reader: str, device: bytes) -> None:
    await tx.run(
        "INSERT INTO vault.opening (id, document, person, share, at, what, reader, device) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        opening, document.id, document.person, share, tx.now, what, reader, device,
    )  # fmt: skip


async def openings(tx: ReadTx, document: UUID, share: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Newest first; devices are numbered in the order in which they first came."""
    rows = await tx.all(
        """SELECT at, what, reader, share, (dense_rank() OVER (ORDER BY first))::int AS device FROM (
             SELECT at, what, reader, share, id, min(id::text) OVER (PARTITION BY device) AS first FROM vault.opening
             WHERE document = $1 AND ($2::uuid IS NULL OR share = $2)) seen
           ORDER BY at DESC, id DESC LIMIT $3""",
        document, share, limit,
    )  # fmt: skip
    return [dict(row) for row in rows]
