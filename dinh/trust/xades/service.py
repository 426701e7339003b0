"""Sign and verify batches and messages."""

import datetime as dt
from collections.abc import Sequence
from hashlib import sha512

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from dinh.kernel.errors import BadSignature
from dinh.trust.signer import SignerClient
from dinh.trust.xades import rules
from dinh.trust.xades.contracts import Algorithm, BatchSignature, Reference

ALGORITHM: Algorithm = "ecdsa-sha512"
"""What is written, as X-Road does by default; both are read."""
HALF = 32
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_VERIFIED_BY = {"ecdsa-sha256": ec.ECDSA(hashes.SHA256()), "ecdsa-sha512": ec.ECDSA(hashes.SHA512())}


async def sign_batch(signer: SignerClient, handle: str, certificate: x509.Certificate, root: bytes, at: dt.datetime) -> BatchSignature:
    """One signature for all leaves under `root`, by the key of `handle`, which must be the certificate's. Raises SignerError."""
    return await _sign(signer, handle, certificate, rules.batch_references(root), at)


def verify_batch(certificate: x509.Certificate, root: bytes, signature: BatchSignature) -> None:
    """Raises BadSignature. The certificate's issuer and revocation are the caller's to check; its days are checked here."""
    _verify(certificate, rules.batch_references(root), signature)


async def sign_message(
    signer: SignerClient, handle: str, certificate: x509.Certificate, digest: bytes, body: bytes | None, at: dt.datetime
) -> BatchSignature:
    """One message by itself, without a hash chain: SHA-512 of the message and of its body."""
    return await _sign(signer, handle, certificate, rules.message_references(digest, body), at)


def verify_message(certificate: x509.Certificate, digest: bytes, body: bytes | None, signature: BatchSignature) -> None:
    """Raises BadSignature."""
    _verify(certificate, rules.message_references(digest, body), signature)


def signature_xml(
    signature: BatchSignature, root: bytes | Sequence[Reference], certificate: x509.Certificate, *, ocsp: bytes, timestamp: bytes | None
) -> bytes:
    """`META-INF/signatures.xml`, the same bytes whoever makes it: for a batch its root, for a message its references.

    `ocsp` is a DER OCSPResponse, `timestamp` a DER token over the signature value; none where a batch of signatures is stamped.
    """
    own = _frame(certificate, signature)
    references = rules.batch_references(root) if isinstance(root, bytes) else root
    unsigned = rules.unsigned_properties(ocsp, timestamp)
    return rules.document(own, signature.algorithm, signature.at, references, signature.value, unsigned)


def verify_value(key: ec.EllipticCurvePublicKey, algorithm: str, data: bytes, value: bytes) -> None:
    """A raw value (r and s) over data. Raises BadSignature."""
    scheme = _VERIFIED_BY.get(algorithm)
    if scheme is None or key.curve.name != rules.CURVE:
        raise BadSignature(f"{algorithm} on {key.curve.name} is not accepted")
    if len(value) != 2 * HALF:
        raise BadSignature(f"a signature value has {2 * HALF} bytes, not {len(value)}")
    der = utils.encode_dss_signature(int.from_bytes(value[:HALF], "big"), int.from_bytes(value[HALF:], "big"))
    try:
        key.verify(der, data, scheme)
    except InvalidSignature as error:
        raise BadSignature("the signature does not hold") from error


async def _sign(signer: SignerClient, handle: str, certificate: x509.Certificate, references: Sequence[Reference], at: dt.datetime) -> BatchSignature:
    own = rules.frame(certificate)
    milliseconds = (at - _EPOCH) // dt.timedelta(milliseconds=1)
    data = rules.to_sign(own, ALGORITHM, at, references)
    answer = await signer.sign(handle, sha512(data).digest(), hash_name="sha512")
    r, s = utils.decode_dss_signature(answer.value)
    return BatchSignature(ALGORITHM, milliseconds, own.digest, r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big"))


def _verify(certificate: x509.Certificate, references: Sequence[Reference], signature: BatchSignature) -> None:
    own = _frame(certificate, signature)
    at = signature.at
    if not own.valid_from <= at <= own.valid_until:
        raise BadSignature("the certificate was not valid at the time of signing")
    if signature.algorithm not in _VERIFIED_BY:
        raise BadSignature(f"{signature.algorithm} is not accepted")
    verify_value(own.key, signature.algorithm, rules.to_sign(own, signature.algorithm, at, references), signature.value)


def _frame(certificate: x509.Certificate, signature: BatchSignature) -> rules.Frame:
    own = rules.frame(certificate)
    if own.digest != signature.certificate:
        raise BadSignature("the signature names another certificate")
    return own
