"""A contradiction as a file: both signed statements, judged without any node. Whether anybody has settled it is not in it, and changes nothing."""

from datetime import datetime
from uuid import UUID

import msgspec
from cryptography import x509

from dinh.exchange.heads import rules, signatures, store
from dinh.exchange.heads.contracts import Countersignature, Reason, Shown
from dinh.kernel.errors import BadSignature, NotFound
from dinh.kernel.events import Opening, SignedHead
from dinh.kernel.transactions import ReadTx
from dinh.trust import verify_signature


class HeldOpening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    opening: Opening
    certificate: bytes


class ContradictionFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`held` is the head that the node had shown before, `shown` its letter against it, `openings` what it had said of its epochs. Certificates in DER."""

    reason: Reason
    held: SignedHead
    certificate: bytes
    openings: list[HeldOpening]
    shown: Shown


class ProvedContradiction(msgspec.Struct, frozen=True, kw_only=True):
    """`conclusive`: the node's own signatures say it. Otherwise it signed both heads, and owes a proof that one goes on from the other."""

    node: str
    reason: Reason
    held_epoch: int
    held_size: int
    held_at: datetime
    shown_epoch: int
    shown_size: int
    shown_at: datetime
    conclusive: bool


async def contradiction_file(tx: ReadTx, contradiction: UUID) -> bytes:
    """Raises NotFound."""
    found = await store.letter(tx, contradiction)
    if found is None:
        raise NotFound
    reason, letter, kept = found
    shown = msgspec.msgpack.decode(letter, type=Shown)
    held, certificate = kept or (shown.head, shown.certificate)
    openings = [HeldOpening(opening, der) for opening, der in await store.signed_openings(tx, held.node)]
    return _encode(ContradictionFile(reason=reason, held=held, certificate=certificate, openings=openings, shown=shown))


def _encode(file: ContradictionFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(file)) + b"\n"


async def verify_contradiction(data: bytes, roots: list[x509.Certificate]) -> ProvedContradiction:
    """Raises BadSignature for anything but two statements, signed under one of these roots, of which neither goes on from the other."""
    file = _decode(data)
    held, shown = file.held, file.shown
    if held.node != shown.head.node:
        raise BadSignature("heads of two nodes contradict nothing")
    await _check_signed(held, file.certificate, held.node, held.signed_at, roots)
    await _check_signed(shown.head, shown.certificate, held.node, shown.head.signed_at, roots)
    for opening in shown.openings:
        await _check_signed(opening, shown.certificate, held.node, shown.head.signed_at, roots)
    for one in file.openings:
        at = max(one.opening.opened_at, signatures.read_certificate(one.certificate).not_valid_before_utc)
        await _check_signed(one.opening, one.certificate, held.node, at, roots)
    if shown.witnessed:
        await _check_word(shown.witnessed, shown.head, roots)
    verdict = rules.judge(shown, held, held)
    other = rules.other_opening(shown.openings, [one.opening for one in file.openings])
    if (verdict if verdict != "taken" or not other else "epoch") != file.reason:
        raise BadSignature("one of these heads goes on from the other")
    return ProvedContradiction(
        node=held.node, reason=file.reason, held_epoch=held.epoch, held_size=held.size, held_at=held.signed_at, shown_epoch=shown.head.epoch,
        shown_size=shown.head.size, shown_at=shown.head.signed_at, conclusive=file.reason in {"root", "shrunk"} or (file.reason == "epoch" and other),
    )  # fmt: skip


def _decode(data: bytes) -> ContradictionFile:
    """One form only, as of saved heads."""
    try:
        file = msgspec.json.decode(data, type=ContradictionFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSignature(f"no contradiction can be read from it: {error}") from error
    if _encode(file) != data:
        raise BadSignature("it is not written as contradictions are")
    return file


async def _check_signed(
    statement: SignedHead | Opening | Countersignature, der: bytes, signer: str, at: datetime, roots: list[x509.Certificate]
) -> None:
    certificate = signatures.read_certificate(der)
    verify_signature(certificate, statement.algorithm, statement.signed_bytes(), statement.signature)
    await signatures.check_certificate(certificate, signer, roots, at)


async def _check_word(word: Countersignature, head: SignedHead, roots: list[x509.Certificate]) -> None:
    if (word.node, word.epoch) != (head.node, head.epoch) or word.size > head.size or word.witness == head.node:
        raise BadSignature("the countersignature is for another head")
    await _check_signed(word, word.certificate, word.witness, word.seen_at, roots)
