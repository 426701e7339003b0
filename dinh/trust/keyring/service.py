"""Sign by handle and verify against the certificate that this node keeps for the handle."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature, NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust.authority import pem
from dinh.trust.keyring import store
from dinh.trust.keyring.contracts import Expiry, Until
from dinh.trust.signer import ALGORITHM, SignerClient

# A certificate is renewed this long before it ends; from then on a process looks again for the new one.
RENEWED_BEFORE, LOOK = timedelta(days=30), timedelta(minutes=1)
NEVER = datetime.min.replace(tzinfo=UTC)


def handle_of_agency(agency: str) -> str:
    return f"agency.{agency.lower()}"


def handle_of_node(node: str) -> str:
    return f"node.{node}"


def handle_of_person(person: str) -> str:
    return f"person.{person}"


def handle_of_member(code: str) -> str:
    """The key that signs a member's evidence; not the seal of its papers."""
    return f"member.{code.lower()}"


def handle_of_tls(node: str) -> str:
    """Of a certificate only: the key lies in a file (`write_tls_files`)."""
    return f"tls.{node}"


def handle_of_tsa(node: str) -> str:
    return f"tsa.{node}"


def handle_of_ocsp() -> str:
    return "ocsp"


async def keep_certificate(tx: WriteTx, handle: str, certificate: x509.Certificate) -> None:
    await keep_certificates(tx, {handle: certificate})


async def keep_certificates(tx: WriteTx, certificates: Mapping[str, x509.Certificate]) -> None:
    """By handle."""
    await store.put(tx, [(handle, pem(one), one.not_valid_after_utc) for handle, one in certificates.items()])


async def known_handles(tx: ReadTx) -> set[str]:
    """Handles that this node keeps a certificate for."""
    return await store.handles(tx)


async def kept_certificates(tx: ReadTx, handles: list[str]) -> dict[str, str]:
    """In PEM, by handle, as far as they are kept."""
    return await store.get_all(tx, handles)


async def soonest_expiry(tx: ReadTx) -> list[Expiry]:
    """By kind of handle, when the first kept certificate ends."""
    return await store.soonest(tx)


async def kept_until(tx: ReadTx) -> list[Until]:
    """Every kept certificate by its handle, the first to end first."""
    return await store.until(tx)


def verify_signature(certificate: x509.Certificate, algorithm: str, data: bytes, signature: bytes) -> None:
    """What `Keyring.sign` made, with its certificate. Raises BadSignature; whether the certificate is to be trusted is another question."""
    key, name = certificate.public_key(), certificate.subject.rfc4514_string()
    if algorithm != ALGORITHM or not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadSignature(f"{name}: algorithm {algorithm} is not accepted")
    try:
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise BadSignature(f"{name}: the signature does not hold") from error


class Keyring:
    """One per node. Certificates are read once and remembered; one that ends soon is looked up again, for another process may have renewed it."""

    def __init__(self, node: Node, signer: SignerClient) -> None:
        self._node = node
        self.signer = signer
        self._certificates: dict[str, tuple[x509.Certificate, datetime]] = {}

    async def sign(self, handle: str, data: bytes) -> tuple[str, bytes]:
        """The algorithm's name and a DER signature over SHA-256 of the data."""
        answer = await self.signer.sign(handle, hashlib.sha256(data).digest())
        return answer.algorithm, answer.value

    async def verify(self, handle: str, algorithm: str, data: bytes, signature: bytes) -> None:
        """Raises BadSignature, also for a handle that has no certificate here."""
        try:
            certificate = await self.certificate(handle)
        except NotFound as error:
            raise BadSignature(f"{handle}: no certificate") from error
        verify_signature(certificate, algorithm, data, signature)

    async def certificate(self, handle: str) -> x509.Certificate:
        """Raises NotFound."""
        now, (known, looked) = clock.now(), self._certificates.get(handle, (None, NEVER))
        if known is None or (known.not_valid_after_utc - now < RENEWED_BEFORE and now - looked > LOOK):
            async with self._node.read(system("keyring")) as tx:
                text = await store.get(tx, handle)
            if text is None:
                raise NotFound("trust.no_certificate")
            known = x509.load_pem_x509_certificate(text.encode())
            self._certificates[handle] = known, now
        return known
