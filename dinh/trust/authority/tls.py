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

from dinh.trust.authority.requests import request_by
from dinh.trust.authority.service import Authority, host_name, pem, tls_name

# The key of a certificate that was asked for and has not come.
WAITING = "tls.key.new"


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
    private = ec.generate_private_key(ec.SECP256R1())
    issued = await authority.issue_tls(private.public_key(), organisation, code, hosts)
    files = keep_tls_certificate(folder, issued, [authority.certificate])
    _write_key(files.key, private)
    return files


def make_tls_key(folder: Path, country: str, organisation: str, code: str, host: str) -> str:
    """A new key where nobody certifies yet, and the request (PEM) for its certificate."""
    private = ec.generate_private_key(ec.SECP256R1())
    _close(folder)
    _write_key(folder / "tls.key", private)
    return request_by(private, tls_name(country, organisation, code, host), [host_name(host)])


def keep_tls_certificate(folder: Path, issued: x509.Certificate, roots: Sequence[x509.Certificate]) -> TlsFiles:
    """Beside its key, which is there or comes next."""
    _close(folder)
    files = TlsFiles(folder / "tls.key", folder / "tls.pem", folder / "roots.pem", issued)
    _write(files.roots, "".join(map(pem, roots)).encode())
    _write(files.certificate, pem(issued).encode())
    return files


def tls_request(folder: Path, subject: x509.Name, hosts: Sequence[str]) -> str:
    """A request for a certificate (PKCS #10, PEM) with a key that waits in `tls.key.new`; asked again, the same key. What is served stays as it is."""
    _close(folder)
    waiting = folder / WAITING
    if not waiting.exists():
        _write_key(waiting, ec.generate_private_key(ec.SECP256R1()))
    return request_by(_key(waiting), subject, [host_name(host) for host in hosts])


def take_tls_certificate(folder: Path, certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> bool:
    """Serve it from now on, with the key that waits. False when it is of another key."""
    waiting = folder / WAITING
    if not waiting.exists() or _key(waiting).public_key() != certificate.public_key():
        return False
    keep_tls_certificate(folder, certificate, roots)
    waiting.replace(folder / "tls.key")
    return True


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    found = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise TypeError("a TLS key that is not elliptic")
    return found


def _close(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _write_key(path: Path, private: ec.EllipticCurvePrivateKey) -> None:
    _write(path, private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    partial = path.with_suffix(path.suffix + ".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
