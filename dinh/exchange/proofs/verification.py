"""Judge a file of proofs by itself: no node is asked. Fails closed."""

from collections.abc import Sequence

from cryptography import x509

from dinh.exchange.heads import Countersignature, check_certificate, read_certificate
from dinh.exchange.proofs import rules
from dinh.exchange.proofs.contracts import NodeProofs
from dinh.exchange.proofs.rules import Report
from dinh.kernel.errors import BadSignature
from dinh.kernel.events import SignedHead
from dinh.trust import verify_signature


async def verify_access(data: bytes, roots: Sequence[x509.Certificate]) -> Report:
    """Every entry is whole, was committed, and stands under a head that a node signed with a certificate of one of `roots`.

    What it does not say: whether the certificate was withdrawn, and, without a witness's word, whether the node showed others the same tree.
    """
    try:
        found = rules.read(data)
        entries: list[dict[str, str | None]] = []
        for one in found.nodes:
            head = rules.check_node(one)
            await _check_head(one, head, roots)
            seen: dict[str, str | None] = {"node": head.node, "sealed_at": head.signed_at.isoformat()}
            if one.witnessed:
                await _check_witness(one.witnessed, head, roots)
                seen |= {"witness": one.witnessed.witness, "witnessed_at": one.witnessed.seen_at.isoformat()}
            entries += [rules.shown_values(entry) | seen for entry in one.entries]
    except BadSignature as error:
        return Report(verdict="refused", why=str(error))
    except Exception as error:  # noqa: BLE001 - a reader that fails in a way of its own has not verified anything
        return Report(verdict="refused", why=f"cannot be read: {type(error).__name__} {error}")
    return Report(verdict="verified", why=f"{len(entries)} entries as they were committed", entries=entries)


async def _check_head(found: NodeProofs, head: SignedHead, roots: Sequence[x509.Certificate]) -> None:
    certificate = read_certificate(found.certificate)
    verify_signature(certificate, head.algorithm, head.signed_bytes(), head.signature)
    await check_certificate(certificate, head.node, list(roots), head.signed_at)


async def _check_witness(found: Countersignature, head: SignedHead, roots: Sequence[x509.Certificate]) -> None:
    if found.witness == head.node or not rules.same(found, head):
        raise BadSignature("the witness's word is about another head")
    certificate = read_certificate(found.certificate)
    verify_signature(certificate, found.algorithm, found.signed_bytes(), found.signature)
    await check_certificate(certificate, found.witness, list(roots), found.seen_at)
