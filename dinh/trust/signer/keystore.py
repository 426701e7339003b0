"""Private keys at rest: one encrypted PKCS#8 file for each handle.

The passphrase of a file is derived from the master secret, the kind and the handle.
A file that is renamed, or moved from `person` to `seal` to escape the ticket,
therefore no longer opens.
"""

import hashlib
import hmac
import os
from pathlib import Path
from typing import get_args

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from dinh.trust.signer.wire import HashName, Kind

_PREHASHED: dict[HashName, ec.ECDSA] = {
    "sha256": ec.ECDSA(utils.Prehashed(hashes.SHA256())),
    "sha512": ec.ECDSA(utils.Prehashed(hashes.SHA512())),
}


class UnknownHandle(LookupError):
    """No key file of any kind has this handle."""


class KeyUnreadable(ValueError):
    """The file is there, but the master secret does not open it under this handle and kind."""


class HandleTaken(ValueError):
    """The handle exists with another kind."""


class Key:
    """An opened key; the private half never leaves this object."""

    def __init__(self, kind: Kind, private: ec.EllipticCurvePrivateKey) -> None:
        self.kind = kind
        self._private = private

    def public_pem(self) -> str:
        return self._private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, digest: bytes, hash_name: HashName) -> bytes:
        """A DER ECDSA signature over a digest made elsewhere with this hash."""
        return self._private.sign(digest, _PREHASHED[hash_name])


class KeyStore:
    """Opens key files on first use and keeps them open until the process ends."""

    def __init__(self, root: Path, master: bytes) -> None:
        if len(master) < 16:  # noqa: PLR2004
            raise ValueError("the master secret is shorter than 16 bytes")
        self._root = root
        self._master = master
        self._open: dict[str, Key] = {}
        for kind in get_args(Kind):
            (root / kind).mkdir(mode=0o700, parents=True, exist_ok=True)

    def get(self, handle: str) -> Key:
        if handle not in self._open:
            self._open[handle] = self._load(handle)
        return self._open[handle]

    def create(self, handle: str, kind: Kind) -> Key:
        """The key of `handle`; asking twice gives the same key, so a lost answer may be asked again."""
        try:
            key = self.get(handle)
        except UnknownHandle:
            return self._generate(handle, kind)
        if key.kind != kind:
            raise HandleTaken(f"{handle} is a {key.kind} key")
        return key

    def _path(self, handle: str, kind: Kind) -> Path:
        return self._root / kind / f"{handle}.pem"

    def _passphrase(self, handle: str, kind: Kind) -> bytes:
        label = f"trust key v1\0{kind}\0{handle}".encode()
        return hmac.new(self._master, label, hashlib.sha256).hexdigest().encode()

    def _load(self, handle: str) -> Key:
        kinds: tuple[Kind, ...] = get_args(Kind)
        for kind in kinds:
            path = self._path(handle, kind)
            if path.exists():
                return Key(kind, _open(path, self._passphrase(handle, kind)))
        raise UnknownHandle(handle)

    def _generate(self, handle: str, kind: Kind) -> Key:
        private = ec.generate_private_key(ec.SECP256R1())
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(self._passphrase(handle, kind)),
        )
        _write_durably(self._path(handle, kind), pem)
        self._open[handle] = Key(kind, private)
        return self._open[handle]


def _open(path: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except ValueError as error:
        raise KeyUnreadable(f"{path.stem} cannot be opened") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise KeyUnreadable(f"{path.stem} is not an elliptic key")
    return private


def _write_durably(path: Path, data: bytes) -> None:
    """Write a new file so that after a crash it is either whole or absent; never overwrites."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.link(partial, path)
    partial.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
