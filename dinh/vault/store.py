"""SQL of the warehouse."""

from uuid import UUID

import asyncpg

from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.vault.contracts import Document

_COLUMNS = "id, person, kind, title, issuer, issued_on, case_code, file, sha256, status, deposited_at"


def _document(row: asyncpg.Record | None) -> Document | None:
    return Document(**dict(row)) if row else None


async def insert(tx: WriteTx, document: Document, token_hash: bytes) -> bool:
    """False when this very result of the case is here already."""
    return bool(
        await tx.run(
            f"""INSERT INTO vault.document ({_COLUMNS}, token_hash)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (case_code, kind) DO NOTHING""",  # noqa: S608
            document.id, document.person, document.kind, document.title, document.issuer, document.issued_on, document.case_code, document.file,
            document.sha256, document.status, document.deposited_at, token_hash,
        )
    )  # fmt: skip


async def of_person(tx: ReadTx, person: str) -> list[Document]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM vault.document WHERE person = $1 ORDER BY deposited_at DESC", person)  # noqa: S608
    return [Document(**dict(row)) for row in rows]


async def one(tx: ReadTx, document: UUID) -> Document | None:
    """Row-level security leaves out other people's."""
    return _document(await tx.one(f"SELECT {_COLUMNS} FROM vault.document WHERE id = $1", document))  # noqa: S608


async def by_token(tx: ReadTx, token_hash: bytes) -> Document | None:
    return _document(await tx.one(f"SELECT {_COLUMNS} FROM vault.document WHERE token_hash = $1", token_hash))  # noqa: S608


async def by_sha256(tx: ReadTx, sha256: bytes) -> Document | None:
    return _document(await tx.one(f"SELECT {_COLUMNS} FROM vault.document WHERE sha256 = $1", sha256))  # noqa: S608
