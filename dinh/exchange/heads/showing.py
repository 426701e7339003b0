"""Show the newest head: to the registry's node as witness, and to every node with which exchanges were kept since the last round."""

import asyncio
from datetime import timedelta

import msgspec

from dinh.exchange.heads import signatures, store
from dinh.exchange.heads.contracts import HEAD, Answer, Behind, Contradicted, Countersignature, HeadDisputed, Shower, Shown
from dinh.exchange.heads.service import WHO
from dinh.exchange.links import Links
from dinh.exchange.members import Membership, membership_of, note_gap
from dinh.kernel import clock, events, log
from dinh.kernel.errors import BadSignature, NotFound, Refused
from dinh.kernel.events import SignedHead
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import verify_signature

WITNESS = "witness"
"""The part of the exchange whose absence is a gap on record."""
TIMEOUT = 10.0
# A receiver says once from where on it wants proof; twice if another head reached it meanwhile.
ATTEMPTS = 3
OVERLAP = timedelta(minutes=1)
_log = log.get("exchange")


async def show_all(node: Node) -> None:
    """A round. Raises nothing for a node that is down or refuses: it is shown the newest head when it is back."""
    async with node.write(WHO) as tx:
        showers = await _due(tx)
    # The witness first: the others want its word.
    witness = node.country.registry.code
    for one in showers:
        if one.node == witness:
            await _attempt(node, one)
    await asyncio.gather(*(_attempt(node, one) for one in showers if one.node != witness))


async def _due(tx: WriteTx) -> list[Shower]:
    membership, own = membership_of(tx.node), tx.node.code
    members = await store.begin_round(tx, OVERLAP)
    nodes = {code for member in members if (code := _node_of(membership, member))} | {tx.node.country.registry.code}
    await store.owe(tx, nodes - {own})
    return await store.owed(tx)


def _node_of(membership: Membership, member: str) -> str | None:
    """None for a member that has left."""
    try:
        return membership.node_of(member).code
    except NotFound:
        return None


async def _attempt(node: Node, shower: Shower) -> None:
    try:
        fresh = await show(node, shower)
    except (Refused, BadSignature) as error:
        _log.warning("head_not_shown", node=node.code, peer=shower.node, reason=str(error))
        fresh = False
    if shower.node == node.country.registry.code:
        async with node.write(WHO) as tx:
            await note_gap(tx, WHO, WITNESS, fresh=fresh)


async def show(node: Node, shower: Shower) -> bool:
    """Whether it is countersigned there now. Raises Unavailable when the other node is down, NotAllowed when it is revoked, BadSignature when it lies."""
    since = shower.size or 0
    for _ in range(ATTEMPTS):
        async with node.read(WHO) as tx:
            shown = await _statement(tx, since)
            shown = shown and await _with_witness(tx, shown, shower.node)
        if shown is None:
            return True
        if (shown.head.epoch, shown.head.size, shown.head.root) == (shower.epoch, shower.size, shower.root):
            async with node.write(WHO) as tx:
                await store.shown(tx, shower.node)
            return True
        answer = await _post(node, shower.node, shown)
        if isinstance(answer, Behind):
            since = answer.since
        elif isinstance(answer, Countersignature):
            await _witnessed(node, shower.node, shown.head, answer)
            return True
        else:
            await _disputed(node, shower.node, shown.head, answer)
            return False
    return False


async def _statement(tx: ReadTx, since: int) -> Shown | None:
    """None as long as nothing was sealed, and between a restore and the first seal after it."""
    head, openings = await events.newest_head(tx), await events.openings(tx)
    if head is None or (openings[-1].epoch if openings else 1) != head.epoch:
        return None
    return Shown(
        head=head, certificate=b"", since=since, path=await events.prove_consistency(tx, since, head.size) if since <= head.size else [],
        openings=openings, opened=await events.prove_consistency(tx, openings[-1].size, head.size) if openings else [],
    )  # fmt: skip


async def _with_witness(tx: ReadTx, shown: Shown, peer: str) -> Shown:
    """What the witness has said of this epoch; to itself nothing."""
    witness, head = tx.node.country.registry.code, shown.head
    word = await store.countersigned(tx, witness) if peer != witness else None
    if word is None or word.epoch != head.epoch or word.size > head.size:
        return shown
    return msgspec.structs.replace(shown, witnessed=word, from_witnessed=await events.prove_consistency(tx, word.size, head.size))


async def _post(node: Node, peer: str, shown: Shown) -> Answer:
    membership_of(node).check_server(peer)
    openings = [await signatures.signed(node, one) for one in shown.openings]
    shown = msgspec.structs.replace(shown, certificate=await signatures.own_certificate(node), openings=openings)
    body = await node.part(Links).to(peer).post(HEAD, msgspec.msgpack.encode(shown), TIMEOUT)
    try:
        answer: Answer = msgspec.msgpack.decode(body, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature(f"{peer}: no answer to a head") from error
    return answer


async def _witnessed(node: Node, peer: str, head: SignedHead, answer: Countersignature) -> None:
    if (answer.witness, answer.node, answer.epoch, answer.size, answer.root) != (peer, node.code, head.epoch, head.size, head.root):
        raise BadSignature(f"{peer}: countersigns another head")
    certificate = await signatures.certificate_of(node, peer, answer.certificate, clock.now())
    verify_signature(certificate, answer.algorithm, answer.signed_bytes(), answer.signature)
    async with node.write(WHO) as tx:
        await store.witnessed(tx, answer)


async def _disputed(node: Node, peer: str, head: SignedHead, answer: Contradicted) -> None:
    _log.error("head_disputed", node=node.code, peer=peer, reason=answer.reason, size=head.size, held=answer.held.size)
    async with node.write(WHO) as tx:
        if await store.disputed(tx, peer):
            await events.append(tx, WHO, peer, HeadDisputed(node=peer, reason=answer.reason, size=head.size))
