"""What kernel and exchange ask of trust: signatures of nodes and members."""

import contextlib
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dinh.app.places import root_file, signer_socket
from dinh.exchange import MemberKeys, Membership, membership_of
from dinh.kernel.errors import BadSignature, NotAllowed, NotFound, Unavailable
from dinh.kernel.events import HeadSigner
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.trust import BatchSignature, Keyring, SignerClient, SignerError, handle_of_agency, handle_of_member, sign_batch, verify_batch


def signer_client(settings: Settings) -> SignerClient:
    return SignerClient(signer_socket(settings))


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


class AgencyKeys(MemberKeys):
    """Signs with what this node has a key for, and verifies with what the registry's configuration says a member signs with."""

    def __init__(self, node: Node, keyring: Keyring) -> None:
        self._node, self._keyring = node, keyring
        self._held: Membership | None = None
        self._own: dict[str, tuple[str, x509.Certificate]] = {}

    async def sign(self, member: str, root: bytes, at: datetime) -> BatchSignature:
        handle, certificate = await self._signs_with(member)
        try:
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
        return found

    async def _look_up(self, member: str, registered: list[x509.Certificate]) -> tuple[str, x509.Certificate]:
        """The member's own certificate; the seal of the agency where no other is registered, as releases before signed with it."""
        for handle in (handle_of_member(member), handle_of_agency(member)):
            with contextlib.suppress(NotFound):
                certificate = await self._keyring.certificate(handle)
                if certificate in registered:
                    return handle, certificate
        raise NotAllowed("exchange.no_certificate", client=member)

    async def verify(self, member: str, root: bytes, signature: BatchSignature) -> None:
        for certificate in membership_of(self._node).certificates_of(member):
            if certificate.fingerprint(hashes.SHA512()) == signature.certificate:
                verify_batch(certificate, root, signature)
                return
        raise BadSignature(f"{member}: no such certificate")
