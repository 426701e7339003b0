"""Ask the registry's timestamping authority and responder, and believe only what verifies."""

import asyncio
import secrets
from collections.abc import Collection
from hashlib import sha512
from itertools import islice

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dinh.exchange.members import Membership, Source, membership_of
from dinh.exchange.notary import MEDIA, OCSP, TSA
from dinh.exchange.stamps.contracts import Standing
from dinh.kernel import clock, ids
from dinh.kernel.errors import BadSignature, Unavailable
from dinh.kernel.node import Node
from dinh.trust import Stamp, read_response, request, token_of, verify_token

NONCE_BITS = 63
MOST_BYTES = 64 * 1024
AT_ONCE = 8


async def token(node: Node, data: bytes) -> tuple[bytes, Stamp]:
    """A timestamp (DER) over data. Raises Unavailable for an authority that is down, and BadSignature for one that the configuration does not name."""
    membership, digest, nonce = membership_of(node), sha512(data).digest(), secrets.randbits(NONCE_BITS)
    found = token_of(await _post(node, TSA, request(digest, nonce)), nonce, digest)
    stamp = await verify_token(found, digest, _certificates(membership.configuration.authorities), clock.now())
    known = {one.subject.rfc4514_string() for one in _certificates(membership.configuration.timestampers)}
    if stamp.authority not in known:
        raise BadSignature("the timestamp is not by an authority of the configuration")
    return found, stamp


async def standings(node: Node, certificates: Collection[x509.Certificate]) -> list[Standing]:
    """What the responder says about each, good or revoked. Raises Unavailable, and BadSignature for what is not its word."""
    found: list[Standing] = []
    left = iter(certificates)
    while some := list(islice(left, AT_ONCE)):
        found += await asyncio.gather(*(_standing(node, one) for one in some))
    return found


async def _standing(node: Node, certificate: x509.Certificate) -> Standing:
    roots = _certificates(membership_of(node).configuration.authorities)
    issuer = next((root for root in roots if root.subject == certificate.issuer), None)
    if issuer is None:
        raise BadSignature("no authority of the configuration has issued this certificate")
    # Named with SHA-1, as everyone's tools look it up; it protects nothing here.
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303
    response = await _post(node, OCSP, asked.public_bytes(Encoding.DER))
    told = read_response(response)
    await told.check_responder(certificate, [issuer])
    if told.response.serial_number != certificate.serial_number or told.until is None or told.until < clock.now():
        raise BadSignature("the OCSP response is about another certificate, or too old")
    fingerprint = certificate.fingerprint(hashes.SHA512())
    return Standing(ids.new_id(), fingerprint, certificate.public_bytes(Encoding.DER), response, told.until)


async def _post(node: Node, path: str, body: bytes) -> bytes:
    source, (asks, tells) = node.part(Source), MEDIA[path]
    read = bytearray()
    try:
        async with source.http.stream("POST", f"{source.url}{path}", content=body, headers={"content-type": asks}) as answer:
            answer.raise_for_status()
            if answer.headers.get("content-type", "").partition(";")[0] != tells:
                raise BadSignature(f"{path} answered something else")
            async for part in answer.aiter_bytes():
                read += part
                if len(read) > MOST_BYTES:
                    raise BadSignature(f"{path} answered without end")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable("exchange.unreachable") from error
    return bytes(read)


def by_fingerprint(membership: Membership) -> dict[bytes, x509.Certificate]:
    """Every registered certificate, also one that was revoked since: by the SHA-512 that signatures name it with."""
    found = _certificates([one.pem for one in membership.configuration.certificates])
    return {one.fingerprint(hashes.SHA512()): one for one in found}


def _certificates(pems: Collection[str]) -> list[x509.Certificate]:
    return [x509.load_pem_x509_certificate(one.encode()) for one in pems]
