"""Make proofs of entries that their person may see."""

from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dinh.exchange.accesslog import AccessCommitted, Line, hidden, salts_of, shown_lines, values_of
from dinh.exchange.accesslog import digest as field_digest
from dinh.exchange.heads import countersigned
from dinh.exchange.proofs.contracts import NodeProofs, Proved, Shown
from dinh.exchange.proofs.rules import same
from dinh.kernel import events
from dinh.kernel.errors import NotFound, Unavailable
from dinh.kernel.events import Inclusion
from dinh.kernel.transactions import ReadTx
from dinh.trust import handle_of_node, kept_certificates

# Of one question.
MOST = 200


async def prove(tx: ReadTx, names: list[str], wanted: list[UUID], own_cases: list[str]) -> NodeProofs:
    """Of these entries those that are about one of `names` and may be shown, under one head. Entries of older releases were not committed and are left out.

    Raises Unavailable for one that is not sealed yet.
    """
    lines = await shown_lines(tx, names, wanted[:MOST])
    found = [await _event(tx, line) for line in lines]
    witnessed = await countersigned(tx, tx.node.country.registry.code)
    certificate = await _certificate(tx)
    proofs = await _under(tx, found, witnessed.size) if witnessed else None
    if not proofs or proofs[0].head.signed_at < certificate.not_valid_before_utc:
        # A head from before the certificate was renewed cannot be judged by the new one.
        proofs = await _under(tx, found)
    if proofs is None:
        raise Unavailable("exchange.not_sealed")
    head = proofs[0].head if proofs else None
    return NodeProofs(
        head=head, certificate=certificate.public_bytes(Encoding.DER), witnessed=witnessed if witnessed and head and same(witnessed, head) else None,
        entries=[_proved(line, own_cases, proof) for line, proof in zip(lines, proofs, strict=True)],
    )  # fmt: skip


async def _certificate(tx: ReadTx) -> x509.Certificate:
    handle = handle_of_node(tx.node.code)
    kept = await kept_certificates(tx, [handle])
    if handle not in kept:
        raise Unavailable
    return x509.load_pem_x509_certificate(kept[handle].encode())


async def _event(tx: ReadTx, line: Line) -> UUID:
    for event in await events.read_history(tx, str(line.id)):
        if event.type == AccessCommitted.type:
            return event.id
    raise Unavailable("exchange.not_sealed")


async def _under(tx: ReadTx, found: list[UUID], size: int | None = None) -> list[Inclusion] | None:
    """Under the head of this size, or the newest; None where it does not cover all of them."""
    proofs: list[Inclusion] = []
    for event in found:
        try:
            proofs.append(await events.prove(tx, event, proofs[0].head.size if proofs else size))
        except NotFound:
            return None
    return proofs


def _proved(line: Line, own_cases: list[str], proof: Inclusion) -> Proved:
    unseen, values = hidden(line, own_cases), values_of(line)
    salts = salts_of(line.nonce)
    return Proved(
        shown={name: Shown(value, salts[name]) for name, value in values.items() if name not in unseen},
        hidden={name: field_digest(salts[name], name, value) for name, value in values.items() if name in unseen},
        position=proof.position, data=proof.data, path=proof.path,
    )  # fmt: skip
