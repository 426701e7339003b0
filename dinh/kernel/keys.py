"""Data keys: content is encrypted per case or per month, and erased by destroying its key.

AES-256-GCM throughout. A data key lies in the database wrapped by the node's own key, which is a file outside it;
backups keep only the newest copy of the wrapped keys, so a destroyed key is gone from every backup as well.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dinh.kernel import ids
from dinh.kernel.errors import BadSignature, NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

NONCE = 12
KEY = 32
SCHEMA, TABLE = "kernel", "data_key"


class DataKey:
    """One open key. `id` stands beside the content it encrypts; it also enters the authentication of that content."""

    def __init__(self, key_id: UUID, secret: bytes) -> None:
        self.id = key_id
        self._cipher = AESGCM(secret)

    def encrypt(self, plain: bytes, about: bytes = b"") -> bytes:
        """`about` binds the content to its place: it must be given again to open it."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, self.id.bytes + about)

    def decrypt(self, sealed: bytes, about: bytes = b"") -> bytes:
        """Raises BadSignature when the content, its key or its place is not what it was."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], self.id.bytes + about)
        except InvalidTag as error:
            raise BadSignature("encrypted content does not open with its key") from error


async def for_scope(tx: WriteTx, scope: str) -> DataKey:
    """The key of a case (`case:<reference>`) or month (`month:2026-11`); made at first use. NotFound once destroyed."""
    row = await tx.one("SELECT id, wrapped FROM kernel.data_key WHERE scope = $1", scope)
    if row is not None:
        return _opened(tx, row["id"], row["wrapped"])
    return await create(tx, scope)


async def create(tx: WriteTx, scope: str) -> DataKey:
    """The key of a scope that should be new, in one statement; where another was faster, theirs."""
    key_id, secret = ids.new_id(), os.urandom(KEY)
    won = await tx.value(
        """INSERT INTO kernel.data_key (id, scope, wrapped, created_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (scope) DO UPDATE SET scope = excluded.scope RETURNING id""",
        key_id, scope, wrap(tx.node, key_id, secret), tx.now,
    )  # fmt: skip
    return DataKey(key_id, secret) if won == key_id else await by_id(tx, won)


async def by_id(tx: ReadTx, key_id: UUID) -> DataKey:
    """Raises NotFound when the key was destroyed: the content is erased."""
    wrapped = await tx.value("SELECT wrapped FROM kernel.data_key WHERE id = $1", key_id)
    return _opened(tx, key_id, wrapped)


async def by_ids(tx: ReadTx, key_ids: Sequence[UUID]) -> dict[UUID, DataKey]:
    """Several at once, for a list; those that were destroyed are left out."""
    rows = await tx.all("SELECT id, wrapped FROM kernel.data_key WHERE id = ANY ($1) AND wrapped IS NOT NULL", list(key_ids))
    return {row["id"]: _opened(tx, row["id"], row["wrapped"]) for row in rows}


async def destroy(tx: WriteTx, scope: str, reason: str) -> None:
    """Erase all content of a scope. There is no way back."""
    await tx.run(
        "UPDATE kernel.data_key SET wrapped = NULL, destroyed_at = $2, reason = $3 WHERE scope = $1 AND destroyed_at IS NULL", scope, tx.now, reason
    )


async def is_destroyed(tx: ReadTx, scope: str) -> bool:
    """True only for a scope that had a key: what never was is not erased."""
    return await tx.value("SELECT wrapped IS NULL FROM kernel.data_key WHERE scope = $1", scope) is True


def _opened(tx: ReadTx, key_id: UUID, wrapped: bytes | None) -> DataKey:
    if wrapped is None:
        raise NotFound("kernel.erased")
    return DataKey(key_id, _node_cipher(tx.node).decrypt(wrapped[:NONCE], wrapped[NONCE:], key_id.bytes))


def wrap(node: Node, key_id: UUID, secret: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _node_cipher(node).encrypt(nonce, secret, key_id.bytes)


class NodeKey:
    """The node's key-encryption key, loaded once and plugged in at start."""

    def __init__(self, node: Node) -> None:
        path = node.home / "node.key"
        if not path.exists():
            _make_key_file(path)
        secret = path.read_bytes()
        self.cipher = AESGCM(secret)
        # Another key for another use: tokens and pseudonyms tell nothing about the cipher's key.
        self.label = hmac.new(secret, b"dinh pseudonyms 1", hashlib.sha256).digest()


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(os.urandom(KEY))
        stream.flush()
        os.fsync(stream.fileno())


def _node_cipher(node: Node) -> AESGCM:
    return node.part(NodeKey).cipher


def seal_for_node(node: Node, plain: bytes, about: bytes) -> bytes:
    """Encrypt a secret of the platform itself under the node's key; `about` binds it to its row."""
    nonce = os.urandom(NONCE)
    return nonce + _node_cipher(node).encrypt(nonce, plain, b"secret:" + about)


def open_for_node(node: Node, sealed: bytes, about: bytes) -> bytes:
    try:
        return _node_cipher(node).decrypt(sealed[:NONCE], sealed[NONCE:], b"secret:" + about)
    except InvalidTag as error:
        raise BadSignature("a secret does not open with this node's key") from error


def pseudonym(node: Node, use: str, text: str) -> bytes:
    """A keyed hash: equal texts are recognised, the text cannot be found back without the node's key."""
    return hmac.new(node.part(NodeKey).label, f"{use}:{text}".encode(), hashlib.sha256).digest()
