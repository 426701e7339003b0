"""A head as a file: with its certificate, the witness's word, and on demand one event under it. Whoever trusts the authority checks it without any node."""

from datetime import datetime
from uuid import UUID

import msgspec
from cryptography import x509

from dinh.exchange.heads import signatures, store
from dinh.exchange.heads.contracts import Countersignature
from dinh.exchange.heads.service import WHO
from dinh.kernel import events, merkle
from dinh.kernel.errors import BadSignature, NotFound
from dinh.kernel.events import Inclusion, Recorded, SignedHead
from dinh.kernel.node import Node
from dinh.trust import verify_signature


class HeadProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`certificate` (DER) is that of the head's node. `from_witnessed` proves the tree from the one on that the witness countersigned.
    `position`, `data` and `path` are those of an event; position 0: there is none.
    """

    head: SignedHead
    certificate: bytes
    witnessed: Countersignature | None = None
    from_witnessed: list[bytes] = []
    position: int = 0
    data: bytes = b""
    path: list[bytes] = []


class ProvedHead(msgspec.Struct, frozen=True):
    """What a file proves. `covered`: the event was in the tree that the witness countersigned."""

    node: str
    epoch: int
    size: int
    signed_at: datetime
    witness: str | None
    witnessed_at: datetime | None
    event: Recorded | None
    covered: bool


async def prove_head(node: Node, event: UUID | None = None) -> bytes:
    """The newest head as a file, with one event if it is named. Raises NotFound for an event that is not sealed yet."""
    async with node.read(WHO) as tx:
        head = await events.newest_head(tx)
        if head is None:
            raise NotFound
        inclusion = await events.prove(tx, event, head.size) if event else None
        word = await store.countersigned(tx, node.country.registry.code)
        if word and (word.epoch != head.epoch or word.size > head.size):
            word = None
        path = await events.prove_consistency(tx, word.size, head.size) if word else []
    certificate = await signatures.own_certificate(node)
    proof = HeadProof(head=head, certificate=certificate, witnessed=word, from_witnessed=path)
    if inclusion:
        proof = msgspec.structs.replace(proof, position=inclusion.position, data=inclusion.data, path=inclusion.path)
    return _encode(proof)


def _encode(proof: HeadProof) -> bytes:
    return msgspec.json.format(msgspec.json.encode(proof)) + b"\n"


async def verify_head(file: bytes, roots: list[x509.Certificate]) -> ProvedHead:
    """Raises BadSignature for anything that is not exactly what was made, or not signed under one of these roots."""
    proof = _decode(file)
    head, word = proof.head, proof.witnessed
    inclusion = Inclusion(position=proof.position, data=proof.data, path=proof.path, head=head) if proof.position else None
    if inclusion:
        inclusion.check()
    elif proof.data or proof.path:
        raise BadSignature("an event without its place")
    certificate = signatures.read_certificate(proof.certificate)
    verify_signature(certificate, head.algorithm, head.signed_bytes(), head.signature)
    if word:
        await _check_word(word, proof, roots)
    elif proof.from_witnessed:
        raise BadSignature("a path from no head")
    await signatures.check_certificate(certificate, head.node, roots, head.signed_at)
    return ProvedHead(
        node=head.node, epoch=head.epoch, size=head.size, signed_at=head.signed_at, witness=word.witness if word else None,
        witnessed_at=word.seen_at if word else None, event=inclusion.event() if inclusion else None, covered=bool(word and 0 < proof.position <= word.size),
    )  # fmt: skip


def _decode(file: bytes) -> HeadProof:
    """One form only: a bit that says nothing would be one that nobody misses."""
    try:
        proof = msgspec.json.decode(file, type=HeadProof)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature(f"no head can be read from it: {error}") from error
    if _encode(proof) != file:
        raise BadSignature("it is not written as heads are")
    return proof


async def _check_word(word: Countersignature, proof: HeadProof, roots: list[x509.Certificate]) -> None:
    head = proof.head
    if (word.node, word.epoch) != (head.node, head.epoch) or word.witness == head.node:
        raise BadSignature("the countersignature is for another head")
    merkle.check_consistency(word.size, word.root, head.size, head.root, proof.from_witnessed)
    certificate = signatures.read_certificate(word.certificate)
    verify_signature(certificate, word.algorithm, word.signed_bytes(), word.signature)
    await signatures.check_certificate(certificate, word.witness, roots, word.seen_at)
