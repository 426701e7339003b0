"""The registry's timestamping authority and responder. Their keys are in the signer; their certificates are those that the node keeps."""

from functools import lru_cache

from cryptography import x509

from dinh.exchange.members import declared
from dinh.exchange.notary import store
from dinh.exchange.registry import Authorities
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.errors import NotFound, Unavailable
from dinh.kernel.node import Node
from dinh.trust import Keyring, Responder, Revoked, SignerError, StampingAuthority, State, answer, handle_of_ocsp, handle_of_tsa, stamp

WHO = system("notary")
REASONS = {
    "key_lost": x509.ReasonFlags.key_compromise, "left": x509.ReasonFlags.cessation_of_operation, "misuse": x509.ReasonFlags.privilege_withdrawn,
    "superseded": x509.ReasonFlags.superseded,
}  # fmt: skip
"""Of the registry's reasons, RFC 5280's; a mistake has none."""


async def stamped(node: Node, request: bytes) -> bytes:
    """A TimeStampResp (RFC 3161) to a TimeStampReq. Raises Unavailable where no authority was set up."""
    handle = handle_of_tsa(node.code)
    certificate = await _certificate(node, handle)
    policy = declared(node.country).policy.stamp_policy
    return await stamp(StampingAuthority(node.part(Keyring).signer, handle, certificate, policy), request, clock.now())


async def answered(node: Node, request: bytes) -> bytes:
    """An OCSPResponse (RFC 6960) to an OCSPRequest. Raises Unavailable where no responder was set up or the signer is down."""

    async def state(serial: int) -> State:
        return await state_of(node, serial)

    certificate, issuer = await _certificate(node, handle_of_ocsp()), node.part(Authorities).roots[0]
    try:
        return await answer(Responder(node.part(Keyring).signer, handle_of_ocsp(), certificate, issuer, state), request, clock.now())
    except SignerError as error:
        raise Unavailable from error


async def state_of(node: Node, serial: int) -> State:
    """Of a member's certificate: good, revoked since when and why, or never registered."""
    async with node.glance(WHO) as tx:
        key = next((key for key, text in (await store.certificates(tx)).items() if _serial(text) == serial), None)
        if key is None:
            return "unknown"
        revoked = await store.revocation(tx, key)
    return "good" if revoked is None else Revoked(serial, revoked[0], REASONS.get(revoked[1], x509.ReasonFlags.unspecified))


@lru_cache(maxsize=10_000)
def _serial(pem: str) -> int:
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


async def _certificate(node: Node, handle: str) -> x509.Certificate:
    try:
        return await node.part(Keyring).certificate(handle)
    except NotFound as error:
        raise Unavailable from error
