"""`evidence`: CPU of a message's evidence (leaf, tree, signature) in batches of 1, 16 and 256, and of the receiver's verification.

The floor is one raw ECDSA signature on P-256 by the same library, in the same process, alternating. The signature here is by a key in this process:
the way to the signer and back is the same for every batch and is not evidence. 1 KB bodies.
"""

import datetime as dt
import os
import time
from collections.abc import Callable
from hashlib import sha512

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from bench.report import Figure, figure
from dinh.trust import BatchSignature, SignerClient, leaf, root, sign_batch, verify_batch
from dinh.trust.signer import HashName, Signature

ROUNDS, SECONDS = 7, 0.3
SIZES, TARGETS = (1, 16, 256), (120, 15, 10)
"""Microseconds. The facts it stands beside: XML and canonical form by a library and a signature 149, a leaf 4.8, a tree of 256 3.0 a message."""
_SCHEME = ec.ECDSA(utils.Prehashed(hashes.SHA512()))


class _Here(SignerClient):
    """A signer without a way to it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    async def sign(
        self,
        handle: str,
        digest: bytes,
        ticket: str | None = None,
        subject: str | None = None,
        *,
        hash_name: HashName = "sha256",
    ) -> Signature:
        _ = handle, ticket, subject
        return Signature(f"{hash_name}_ecdsa", self._key.sign(digest, _SCHEME))


def run() -> list[Figure]:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate, digest = _certificate(key), sha512(b"x").digest()
    batches = {size: _messages(size) for size in SIZES}
    made = {size: _sign(key, certificate, batch) for size, batch in batches.items()}
    measured: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        _add(measured, "floor", _micros(lambda: key.sign(digest, _SCHEME)))
        for size, batch in batches.items():
            _add(measured, f"sign {size}", _micros(lambda batch=batch: _sign(key, certificate, batch)) / size)  # type: ignore[misc]
            _add(measured, f"verify {size}", _micros(lambda batch=batch, size=size: _verify(certificate, batch, made[size])) / size)  # type: ignore[misc]
    best = {name: min(values) for name, values in measured.items()}
    floor, name = best["floor"], "one raw ECDSA P-256 signature by cryptography"
    found = [
        figure(f"evidence_{size}", best[f"sign {size}"], "us CPU/message", target, floor, name, "lower")
        for size, target in zip(SIZES, TARGETS, strict=True)
    ]
    found.append(figure("evidence_verify_1", best["verify 1"], "us CPU/message", 150, floor, name, "lower"))
    return [*found, figure("evidence_verify", best["verify 256"], "us CPU/message", 10, floor, name, "lower")]


def _sign(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, batch: list[tuple[bytes, bytes]]) -> BatchSignature:
    work = sign_batch(_Here(key), "member.bench", certificate, root([leaf(*one) for one in batch]), dt.datetime.now(dt.UTC))
    try:
        work.send(None)  # nothing in it waits, so no event loop is measured
    except StopIteration as done:
        made: BatchSignature = done.value
        return made
    raise RuntimeError("the signature waited")


def _verify(certificate: x509.Certificate, batch: list[tuple[bytes, bytes]], signature: BatchSignature) -> None:
    verify_batch(certificate, root([leaf(*one) for one in batch]), signature)


def _messages(size: int) -> list[tuple[bytes, bytes]]:
    head = b"POST\r\n/r1/XX/GOV/A01/service/path\r\n" + b"x-road-client:XX/GOV/A02/client\r\n" * 8
    return [(head + os.urandom(8).hex().encode(), os.urandom(1024)) for _ in range(size)]


def _micros(work: Callable[[], object]) -> float:
    """CPU microseconds of one call."""
    work()
    count, started, until = 0, time.process_time(), time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        work()
        count += 1
    return (time.process_time() - started) * 1e6 / count


def _add(measured: dict[str, list[float]], name: str, value: float) -> None:
    measured.setdefault(name, []).append(value)


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")]), dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1)).sign(key, hashes.SHA256())
