"""Take in the heads that other nodes show: what goes on from all that is held is countersigned, what does not is kept as proof and refused."""

import hashlib
from datetime import timedelta
from uuid import UUID

import msgspec

from dinh.exchange.heads import rules, signatures, store
from dinh.exchange.heads.contracts import (
    Answer,
    Behind,
    Contradicted,
    Contradiction,
    Countersignature,
    Doubts,
    EpochSeen,
    HeadContradicted,
    HeadSettled,
    Reason,
    Shown,
)
from dinh.kernel import clock, events, ids, keys, log
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import BadSignature, Conflict, NotAllowed, NotFound
from dinh.kernel.events import Opening, SignedHead
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import verify_signature

WHO = system("heads")
MOST_BYTES = 256 * 1024
# In which proofs against one node are counted.
WHILE = timedelta(days=30)
# Clocks of two nodes, apart.
AHEAD = timedelta(minutes=10)
UNWITNESSED = timedelta(hours=1)
SHOWN = 100
_log = log.get("exchange")


async def receive(node: Node, letter: bytes) -> bytes:
    """The letter's verb. Raises BadSignature for what its node has not signed, NotAllowed for a node that is not registered or was revoked."""
    shown = await _verified(node, letter)
    async with node.write(WHO) as tx:
        answer = await take_in(tx, shown, letter)
    if isinstance(answer, Countersignature):
        answer = await signatures.signed(node, msgspec.structs.replace(answer, certificate=await signatures.own_certificate(node)))
    return msgspec.msgpack.encode(answer)


async def _verified(node: Node, letter: bytes) -> Shown:
    if len(letter) > MOST_BYTES:
        raise BadSignature("a head of this length is none")
    try:
        shown = msgspec.msgpack.decode(letter, type=Shown)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature("no head") from error
    head, now = shown.head, clock.now()
    if head.node == node.code:
        raise NotAllowed("exchange.no_member", client=head.node)
    if head.signed_at > now + AHEAD:
        raise BadSignature(f"{head.node}: its head is from the future")
    certificate = await signatures.certificate_of(node, head.node, shown.certificate, now)
    statements: list[SignedHead | Opening] = [head, *shown.openings]
    for one in statements:
        verify_signature(certificate, one.algorithm, one.signed_bytes(), one.signature)
    if shown.witnessed:
        await check_countersignature(node, shown.witnessed, head)
    return shown


async def check_countersignature(node: Node, word: Countersignature, head: SignedHead) -> None:
    """Raises BadSignature unless it is the witness's, and about a head of the same epoch and node that is no longer than this one."""
    if word.witness != node.country.registry.code or (word.node, word.epoch) != (head.node, head.epoch) or word.size > head.size:
        raise BadSignature(f"{head.node}: the countersignature is for another head")
    certificate = await signatures.certificate_of(node, word.witness, word.certificate, clock.now())
    verify_signature(certificate, word.algorithm, word.signed_bytes(), word.signature)


async def take_in(tx: WriteTx, shown: Shown, letter: bytes) -> Answer:
    """What was shown, verified before. Takes a lock on its node. The countersignature is not signed yet."""
    head = shown.head
    await store.lock(tx, head.node)
    newest = await store.newest(tx, head.node)
    base = await store.base(tx, head.node, shown.openings)
    verdict = rules.judge(shown, newest, base)
    if newest and verdict == "taken" and rules.other_opening(shown.openings, await store.openings(tx, head.node)):
        verdict = "epoch"
    if verdict == "behind":
        return Behind(base.size if base else 0)
    if verdict == "taken":
        await _keep(tx, shown, newest)
    elif verdict != "known":
        return await _contradicted(tx, shown, base if verdict == "inconsistent" else newest, verdict, letter)
    return Countersignature(
        witness=tx.node.code, node=head.node, epoch=head.epoch, size=head.size, root=head.root, seen_at=tx.now, certificate=b"",
    )  # fmt: skip


async def _keep(tx: WriteTx, shown: Shown, newest: SignedHead | None) -> None:
    head, certificate = shown.head, hashlib.sha256(shown.certificate).digest()
    await store.keep_certificate(tx, certificate, shown.certificate)
    await store.keep_head(tx, head, certificate, shown.witnessed.seen_at if shown.witnessed else None)
    known = {one.epoch for one in await store.openings(tx, head.node)}
    for opening in shown.openings:
        if opening.epoch not in known:
            lost = rules.lost(shown.openings, newest) if newest and opening.epoch == head.epoch else 0
            await store.keep_opening(tx, opening, certificate, lost)
    if newest and head.epoch > newest.epoch:
        said = EpochSeen(node=head.node, number=head.epoch, size=shown.openings[-1].size, lost=rules.lost(shown.openings, newest))
        await events.append(tx, WHO, head.node, said)
        _log.warning("epoch_seen", node=tx.node.code, peer=head.node, lost=said.lost)
    if shown.openings:
        for one in await store.explain(tx, head.node, head.epoch, WHILE, witnessed=shown.witnessed is not None):
            await _say_settled(tx, WHO, msgspec.structs.replace(one, settled="epoch"))


async def _contradicted(tx: WriteTx, shown: Shown, held: SignedHead | None, reason: Reason, letter: bytes) -> Contradicted:
    head = shown.head
    if held is None and reason != "split":
        raise BadSignature(f"{head.node}: no statement opens epoch {head.epoch}")
    # Shown to this node for the first time, and to the witness otherwise: the head itself stands for what is held.
    held = held or head
    if await store.keep_contradiction(tx, ids.new_id(), held, head, reason, letter, WHILE):
        said = HeadContradicted(node=head.node, reason=reason, number=head.epoch, size=head.size, held=held.size)
        await events.append(tx, WHO, head.node, said)
        _log.error("head_contradicted", node=tx.node.code, peer=head.node, reason=reason, size=head.size, held=held.size)
    return Contradicted(reason, held)


async def doubts_of(tx: ReadTx) -> Doubts:
    witness = tx.node.country.registry.code
    unwitnessed = await store.unwitnessed(tx, witness, UNWITNESSED) if tx.node.code != witness else []
    return Doubts(*await store.doubts(tx), unwitnessed)


async def contradictions_of(tx: ReadTx) -> list[Contradiction]:
    """All that are open, then the SHOWN newest of those that are settled."""
    return [
        msgspec.structs.replace(one, why=keys.open_for_node(tx.node, sealed, one.id.bytes).decode()) if sealed else one
        for one, sealed in await store.contradictions(tx, SHOWN)
    ]


async def settle(tx: WriteTx, who: Caller, contradiction: UUID, why: str) -> None:
    """It needs nobody any more, for a reason; the proof stays, and what is held too: the node's heads go on being refused until it opens an epoch.

    Takes the row's lock. Raises Invalid without a reason, NotFound, Conflict for one that is settled.
    """
    why = rules.checked_reason(why)
    found = await store.locked(tx, contradiction)
    if found is None:
        raise NotFound
    if found.settled:
        raise Conflict("exchange.contradiction_settled")
    await store.settle(tx, contradiction, "operator", who.person, keys.seal_for_node(tx.node, why.encode(), contradiction.bytes))
    await _say_settled(tx, who, msgspec.structs.replace(found, settled="operator"))


async def _say_settled(tx: WriteTx, who: Caller, one: Contradiction) -> None:
    await events.append(tx, who, str(one.id), HeadSettled(node=one.node, settled=str(one.settled), number=one.held_epoch, held=one.held_size))
    _log.warning("contradiction_settled", node=tx.node.code, peer=one.node, settled=one.settled)
