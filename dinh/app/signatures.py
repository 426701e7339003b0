"""What kernel and exchange ask of trust: signatures of nodes and members."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dinh.app.places import root_file, signer_socket
from dinh.exchange import MemberKeys, Membership, declared, membership_of
from dinh.kernel import clock
from dinh.kernel.errors import BadSignature, NotAllowed, Unavailable
from dinh.kernel.events import HeadSigner
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.trust import BatchSignature, Keyring, SignerClient, SignerError, SignerRefused, handle_of_agency, handle_of_member, sign_batch, verify_batch

READY_SECONDS = 20


def signer_client(settings: Settings) -> SignerClient:
    return SignerClient(signer_socket(settings))


async def wait_signer(settings: Settings) -> None:
    """Until the signer that was started answers. Raises SignerError when it does not come."""
    deadline = time.monotonic() + READY_SECONDS
    async with signer_client(settings) as client:
        while True:
            try:
                await client.create("ready", "node")
                break
            except SignerError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.05)


def trusted_roots(settings: Settings) -> list[x509.Certificate]:
    path = root_file(settings)
    return x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []


class NodeHeads(HeadSigner):
    def __init__(self, keyring: Keyring, handle: str) -> None:
        self._keyring, self._handle = keyring, handle

    async def sign(self, data: bytes) -> tuple[str, bytes]:
        return await self._keyring.sign(self._handle, data)

    async def verify(self, algorithm: str, data: bytes, signature: bytes) -> None:
        await self._keyring.verify(self._handle, algorithm, data, signature)


def chosen(certificates: Sequence[x509.Certificate], now: datetime, spread: timedelta) -> x509.Certificate | None:
    """Of those in force the one that ends last and is as old as `spread`, the longest that a node works with an older configuration: so nobody is
    shown a certificate that they cannot know yet. Without one of that age, the oldest.
    """
    standing = [one for one in certificates if one.not_valid_before_utc <= now < one.not_valid_after_utc]
    known = [one for one in standing if one.not_valid_before_utc <= now - spread]
    if known:
        return max(known, key=lambda one: one.not_valid_after_utc)
    return min(standing, key=lambda one: one.not_valid_before_utc, default=None)


def _public(certificate: x509.Certificate) -> str:
    return certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class AgencyKeys(MemberKeys):
    """Signs with what this node has a key for, and verifies with what the registry's configuration says a member signs with."""

    def __init__(self, node: Node, keyring: Keyring) -> None:
        self._node, self._keyring = node, keyring
        self._held: Membership | None = None
        self._own: dict[str, tuple[str, list[x509.Certificate]]] = {}
        # A handle's key never changes.
        self._public: dict[str, str] = {}

    async def sign(self, member: str, root: bytes, at: datetime) -> BatchSignature:
        try:
            handle, certificate = await self._signs_with(member)
            return await sign_batch(self._keyring.signer, handle, certificate, root, at)
        except SignerError as error:
            raise Unavailable from error

    async def _signs_with(self, member: str) -> tuple[str, x509.Certificate]:
        """By the configuration of this moment: others believe no other certificate. Raises NotAllowed for a member without one that stands."""
        membership = membership_of(self._node)
        if membership is not self._held:
            self._held, self._own = membership, {}
        found = self._own.get(member)
        if found is None:
            found = self._own[member] = await self._look_up(member, membership.certificates_of(member))
        handle, certificates = found
        certificate = chosen(certificates, clock.now(), timedelta(seconds=declared(self._node.country).policy.configuration.valid))
        if certificate is None:
            raise NotAllowed("exchange.no_certificate", client=member)
        return handle, certificate

    async def _look_up(self, member: str, registered: list[x509.Certificate]) -> tuple[str, list[x509.Certificate]]:
        """Certificates of the member's own key; those of the agency's seal where no other is registered, as releases before signed with it."""
        for handle in (handle_of_member(member), handle_of_agency(member)):
            with contextlib.suppress(SignerRefused):
                public = await self._public_of(handle)
                if own := [one for one in registered if _public(one) == public]:
                    return handle, own
        raise NotAllowed("exchange.no_certificate", client=member)

    async def _public_of(self, handle: str) -> str:
        if handle not in self._public:
            self._public[handle] = await self._keyring.signer.public(handle)
        return self._public[handle]

    async def verify(self, member: str, root: bytes, signature: BatchSignature) -> None:
        for certificate in membership_of(self._node).certificates_of(member):
            if certificate.fingerprint(hashes.SHA512()) == signature.certificate:
                if certificate.not_valid_after_utc <= clock.now():
                    raise BadSignature(f"{member}: its certificate has ended")
                verify_batch(certificate, root, signature)
                return
        raise BadSignature(f"{member}: no such certificate")
