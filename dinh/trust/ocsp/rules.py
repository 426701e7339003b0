"""How OCSP names an issuer (RFC 6960, 4.1.1): digests of its name and of its key."""

from asn1crypto import keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def name_hash(issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> bytes:
    return _digest(issuer.subject.public_bytes(), algorithm)


def key_hash(issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> bytes:
    """Of the key's bits, without algorithm and parameters."""
    key = issuer.public_key()
    return _digest(_bits(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)), algorithm)


def key_name(responder: x509.Certificate) -> bytes:
    """The name of a responder by its key: the standard wants SHA-1, which protects nothing here."""
    return key_hash(responder, hashes.SHA1())  # noqa: S303


def _bits(info: bytes) -> bytes:
    return bytes(keys.PublicKeyInfo.load(info)["public_key"].contents[1:])


def _digest(data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()
