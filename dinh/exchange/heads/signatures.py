"""Nodes' own keys: what this node signs, and by which certificate another node's word is judged."""

from datetime import datetime
from typing import Protocol, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from dinh.exchange.heads.contracts import Countersignature
from dinh.exchange.members import Membership, membership_of
from dinh.kernel import clock
from dinh.kernel.errors import BadSignature, NotFound, Unavailable
from dinh.kernel.events import HeadSigner, Opening
from dinh.kernel.node import Node
from dinh.trust import Keyring, SignerError, check_der, check_path, handle_of_node, verify_signature

Statement = TypeVar("Statement", Opening, Countersignature)
Said = TypeVar("Said", bound="Speaking")
USAGE = {"non_repudiation"}


class Speaking(Protocol):
    """What says of which node it is."""

    @property
    def node(self) -> str: ...


class Attested(msgspec.Struct, frozen=True):
    """`said` as a node signed it with the key of its heads, behind a line that says what for; `certificate` is that key's, in DER."""

    said: bytes
    certificate: bytes
    algorithm: str
    signature: bytes


async def attest(node: Node, purpose: bytes, said: Speaking) -> bytes:
    """Any other statement of this node. Raises Unavailable when the signer is down."""
    data = msgspec.msgpack.encode(said)
    try:
        algorithm, signature = await node.part(HeadSigner).sign(_line(purpose) + data)
    except SignerError as error:
        raise Unavailable from error
    return msgspec.msgpack.encode(Attested(data, await own_certificate(node), algorithm, signature))


async def read_attested(node: Node, letter: bytes, purpose: bytes, kind: type[Said]) -> tuple[Said, x509.Certificate]:
    """A statement of the node that it names, and that node's certificate. Raises BadSignature; NotAllowed for a node that is not registered or was revoked."""
    try:
        attested = msgspec.msgpack.decode(letter, type=Attested)
        found = msgspec.msgpack.decode(attested.said, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature("not a statement of this kind") from error
    certificate = await certificate_of(node, found.node, attested.certificate, clock.now())
    verify_signature(certificate, attested.algorithm, _line(purpose) + attested.said, attested.signature)
    return found, certificate


def _line(purpose: bytes) -> bytes:
    return b"dinh " + purpose + b" 1\n"


async def own_certificate(node: Node) -> bytes:
    """DER. Raises Unavailable on a node that has none yet."""
    try:
        certificate = await node.part(Keyring).certificate(handle_of_node(node.code))
    except NotFound as error:
        raise Unavailable from error
    return certificate.public_bytes(Encoding.DER)


async def signed(node: Node, statement: Statement) -> Statement:
    """By this node's key. Raises Unavailable when the signer is down."""
    try:
        algorithm, signature = await node.part(HeadSigner).sign(statement.signed_bytes())
    except SignerError as error:
        raise Unavailable from error
    return msgspec.structs.replace(statement, algorithm=algorithm, signature=signature)


async def certificate_of(node: Node, code: str, der: bytes, at: datetime) -> x509.Certificate:
    """What another node carries along, if it is one of the configuration's nodes and an authority of the configuration certified this key for it.
    Raises NotAllowed for a node that is not registered or was revoked, BadSignature for another certificate.
    """
    membership = membership_of(node)
    membership.check_current()
    membership.check_server(code)
    certificate = read_certificate(der)
    revoked = membership.revocations.certificates if membership.revocations else []
    if certificate.fingerprint(hashes.SHA256()).hex() in revoked:
        raise BadSignature(f"{code}: its certificate was revoked")
    await check_certificate(certificate, code, _authorities(membership), at)
    return certificate


async def check_certificate(certificate: x509.Certificate, code: str, roots: list[x509.Certificate], at: datetime) -> None:
    """Raises BadSignature unless one of these authorities certified the key for this node."""
    names = [one.value for one in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)]
    if names != [code]:
        raise BadSignature(f"{code}: the certificate is for another")
    await check_path(certificate, [], roots, at, usage=USAGE)


def read_certificate(der: bytes) -> x509.Certificate:
    """Raises BadSignature: for another form of the same certificate, too, and for what the library would find only when name and key are asked for."""
    check_der(der)
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.subject, certificate.public_key(), certificate.signature_hash_algorithm
    except Exception as error:  # a damaged certificate makes the library fail in any way it likes
        raise BadSignature("what should be a certificate cannot be read") from error
    return certificate


def _authorities(membership: Membership) -> list[x509.Certificate]:
    return [x509.load_pem_x509_certificate(one.encode()) for one in membership.configuration.authorities]
