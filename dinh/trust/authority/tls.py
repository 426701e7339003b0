"""TLS keys of nodes lie in files: the web server, which is no part of us, has to read them.

So they are not handles in the signer, and they prove no member: evidence is signed by the member's key, which only the signer has. Who steals a TLS
key can listen or answer as that host until the certificate ends; each renewal therefore makes a new key. Key and certificate stand in one folder of
mode 0700, each in a file of mode 0600, owned by the account that the node runs as.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.trust.authority.service import Authority, pem


class TlsFiles(msgspec.Struct, frozen=True):
    """What a web server is given: `key` and `certificate`; `roots` is what it trusts its callers by."""

    key: Path
    certificate: Path
    roots: Path
    issued: x509.Certificate


async def write_tls_files(authority: Authority, folder: Path, organisation: str, code: str, hosts: Sequence[str]) -> TlsFiles:
    """A new key and its certificate for these host names or addresses; the first names the certificate.

    Called again, it renews. The certificate is in place before the key changes: a server that reads them between the two sees that they do not
    belong together and keeps what it has.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    private = ec.generate_private_key(ec.SECP256R1())
    issued = await authority.issue_tls(private.public_key(), organisation, code, hosts)
    files = TlsFiles(folder / "tls.key", folder / "tls.pem", folder / "roots.pem", issued)
    _write(files.roots, pem(authority.certificate).encode())
    _write(files.certificate, pem(issued).encode())
    _write(
        files.key,
        private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    return files


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    partial = path.with_suffix(path.suffix + ".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
