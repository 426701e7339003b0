"""Uploaded and issued files: checked by content, encrypted by a data key, on disk under an id.

A file is written and flushed before its row: a power cut leaves at worst an unused file, never a row without one.
"""

import errno
import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from dinh.kernel import ids, keys
from dinh.kernel.errors import Invalid, NotFound, StorageFull, TooLarge
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

HEX = 32
LIMIT = 5 * 1024 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT}


class StoredFile(msgspec.Struct, frozen=True):
    id: UUID
    key: UUID
    media_type: str
    size: int
    sha256: bytes
    stored_at: datetime


def recognise(content: bytes) -> str:
    """The media type by what the bytes are, not by what they are called. Raises Invalid or TooLarge."""
    if len(content) > LIMIT:
        raise TooLarge("kernel.file_too_large", megabytes=LIMIT // 1024 // 1024)
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and b"IEND" in content[-16:]:
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\0").endswith(b"\xff\xd9"):
        return "image/jpeg"
    raise Invalid("kernel.file_kind")


async def put(tx: WriteTx, content: bytes, key: keys.DataKey) -> StoredFile:
    """Store a checked file. Raises StorageFull when the disk is; nothing is left behind then."""
    file = StoredFile(ids.new_id(), key.id, recognise(content), len(content), hashlib.sha256(content).digest(), tx.now)
    _write(_path(tx.node, file.id), key.encrypt(content, file.id.bytes))
    await tx.run(
        "INSERT INTO kernel.file (id, key, media_type, bytes, sha256, stored_at) VALUES ($1, $2, $3, $4, $5, $6)",
        *msgspec.structs.astuple(file),
    )
    return file


async def get(tx: ReadTx, file_id: UUID) -> tuple[StoredFile, bytes]:
    """The caller has already been allowed to see it. Raises NotFound, also when its key was destroyed."""
    row = await tx.one("SELECT id, key, media_type, bytes AS size, sha256, stored_at FROM kernel.file WHERE id = $1", file_id)
    if row is None:
        raise NotFound
    key = await keys.by_id(tx, row["key"])
    content = key.decrypt(_path(tx.node, file_id).read_bytes(), file_id.bytes)
    return StoredFile(**dict(row)), content


async def forget(tx: WriteTx) -> list[UUID]:
    """The rows of all files whose key was destroyed. Their bytes are removed once this is committed, by `remove`."""
    rows = await tx.all("DELETE FROM kernel.file f USING kernel.data_key k WHERE k.id = f.key AND k.wrapped IS NULL RETURNING f.id")
    return [row["id"] for row in rows]


def remove(node: Node, file_ids: Sequence[UUID]) -> int:
    """The bytes of files without a row. A file that is gone already is fine. How many went."""
    gone = 0
    for file_id in file_ids:
        path = _path(node, file_id)
        gone += path.exists()
        path.unlink(missing_ok=True)
    return gone


async def strays(tx: ReadTx, older: datetime) -> list[UUID]:
    """Files on disk without a row, older than an instant: a power cut leaves them, before a row or after one. A younger one may still get its row."""
    names = [path.name for path in (tx.node.home / "files").glob("*/*") if len(path.name) == HEX and path.stat().st_mtime < older.timestamp()]
    rows = await tx.all("SELECT id FROM unnest($1::uuid[]) AS found (id) WHERE NOT EXISTS (SELECT 1 FROM kernel.file f WHERE f.id = found.id)", names)
    return [row["id"] for row in rows]


def _path(node: Node, file_id: UUID) -> Path:
    name = file_id.hex
    return node.home / "files" / name[-2:] / name


def _write(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.rename(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if error.errno in _FULL:
            raise StorageFull from error
        raise
