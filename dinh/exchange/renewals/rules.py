"""Whether a certificate may be renewed at a node's word, and whether one answers what was asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dinh.exchange.joining import serial_of, serves
from dinh.exchange.registry import ServerEntry
from dinh.exchange.renewals.contracts import Renewal
from dinh.kernel.errors import BadSignature, NotAllowed
from dinh.trust import RENEWED_BEFORE, check_issued, handle_of_member, handle_of_node, handle_of_tls, read_request

# A letter that was kept by somebody is worth nothing later.
FRESH = timedelta(minutes=5)


def check_fresh(at: datetime, now: datetime) -> None:
    """Raises NotAllowed."""
    if abs(now - at) > FRESH:
        raise NotAllowed("exchange.not_fresh")


def present_of(renewal: Renewal, server: ServerEntry, own: x509.Certificate, members: Iterable[x509.Certificate]) -> x509.Certificate:
    """What would be followed. `own` is the certificate that the letter was signed with, `members` those with which the operator signs today. A key that
    signs is renewed as it is; a listener's is a new one each time. Raises NotAllowed for what is not this node's, BadSignature for another key.
    """
    public = read_request(renewal.request)
    if renewal.handle == handle_of_tls(server.code) and server.certificate:
        return x509.load_pem_x509_certificate(server.certificate.encode())
    if renewal.handle == handle_of_node(server.code):
        known = [own]
    elif renewal.handle == handle_of_member(server.operator):
        known = list(members)
    else:
        raise NotAllowed("exchange.no_member", client=renewal.handle)
    same = [one for one in known if one.public_key() == public]
    if not same:
        raise BadSignature(f"{renewal.handle}: asked for another key than the present one")
    return max(same, key=lambda one: one.not_valid_after_utc)


def check_due(present: x509.Certificate, now: datetime) -> None:
    """Raises NotAllowed outside the last month before its end: afterwards nobody believes whom it was for."""
    if not present.not_valid_before_utc <= now < present.not_valid_after_utc <= now + RENEWED_BEFORE:
        raise NotAllowed("exchange.not_due")


def answers(certificate: x509.Certificate, request: str) -> bool:
    """Whether it is of the key that asked."""
    public = certificate.public_key()
    return isinstance(public, ec.EllipticCurvePublicKey) and public == read_request(request)


def check_answer(certificate: x509.Certificate, handle: str, server: ServerEntry, roots: list[x509.Certificate], now: datetime) -> None:
    """Raises BadSignature for a certificate that no authority of this country gave, or that is for somebody else."""
    check_issued(certificate, roots, now)
    if handle == handle_of_tls(server.code):
        fits = serial_of(certificate) == server.code and serves(certificate, server.url)
    elif handle == handle_of_node(server.code):
        fits = [one.value for one in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)] == [server.code]
    else:
        fits = handle == handle_of_member(server.operator) and serial_of(certificate) == server.operator
    if not fits:
        raise BadSignature(f"{handle}: a certificate for somebody else")
