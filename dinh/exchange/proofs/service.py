"""Make proofs of entries that their person may see."""

from uuid import UUID

from dinh.exchange.accesslog import AccessCommitted, Line, hidden, salt, shown_lines, values_of
from dinh.exchange.accesslog import digest as field_digest
from dinh.exchange.proofs.contracts import NodeProofs, Proved, Shown
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
    proved: list[Proved] = []
    proof: Inclusion | None = None
    for line in await shown_lines(tx, names, wanted[:MOST]):
        proof = await _inclusion(tx, line, proof.head.size if proof else None)
        proved.append(_proved(line, own_cases, proof))
    handle = handle_of_node(tx.node.code)
    certificate = (await kept_certificates(tx, [handle])).get(handle, "")
    return NodeProofs(head=proof.head if proof else None, certificate=certificate, entries=proved)


async def _inclusion(tx: ReadTx, line: Line, size: int | None) -> Inclusion:
    for event in await events.read_history(tx, str(line.id)):
        if event.type == AccessCommitted.type:
            try:
                return await events.prove(tx, event.id, size)
            except NotFound as error:
                raise Unavailable("exchange.not_sealed") from error
    raise Unavailable("exchange.not_sealed")


def _proved(line: Line, own_cases: list[str], proof: Inclusion) -> Proved:
    unseen, values = hidden(line, own_cases), values_of(line)
    salts = {name: salt(line.nonce, name) for name in values}
    return Proved(
        shown={name: Shown(value, salts[name]) for name, value in values.items() if name not in unseen},
        hidden={name: field_digest(salts[name], name, value) for name, value in values.items() if name in unseen},
        position=proof.position, data=proof.data, path=proof.path,
    )  # fmt: skip
