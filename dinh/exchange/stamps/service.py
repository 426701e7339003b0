"""One timestamp for all batches that wait: their XML is made, hashed into a tree, and its root stamped."""

import asyncio
import hashlib
from collections.abc import Awaitable, Sequence
from typing import TypeVar
from uuid import UUID

from dinh.exchange.members import membership_of, note_gap
from dinh.exchange.stamps import client, rules, store
from dinh.exchange.stamps.contracts import EvidenceStamped, Kept, Standing
from dinh.kernel import clock, events, ids, log
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature, Conflict, Unavailable
from dinh.kernel.node import Node
from dinh.trust import root

T = TypeVar("T")
WHO = system("stamps")
MOST = 10_000
"""Batches under one timestamp."""
# Parts of the exchange whose absence is a gap on record.
TSA, RESPONDER = "tsa", "ocsp"
_log = log.get("exchange")


async def stamp_now(node: Node, only: Sequence[UUID] | None = None) -> int:
    """Stamp the oldest that wait, or those of `only`; how many. Raises Unavailable and BadSignature; Conflict when another process was quicker."""
    async with node.read(WHO) as tx:
        batches = await store.waiting(tx, MOST, only)
    if not batches:
        return 0
    standings = await _noted(node, RESPONDER, _standings(node, {one.signature.certificate for one in batches}))
    ready = [one for one in batches if one.signature.certificate in standings]
    if len(ready) < len(batches):
        _log.error("certificate_not_known", node=node.code, batches=len(batches) - len(ready))
    if ready:
        # In a thread: ten thousand signatures are a second of work.
        leaves = await asyncio.to_thread(rules.leaves_of, ready, standings)
        token, stamp = await _noted(node, TSA, client.token(node, rules.stamped_bytes(leaves)))
        own = [standings[one.signature.certificate].id for one in ready]
        await _keep(node, Kept(ids.new_id(), stamp.at, stamp.authority, token, leaves, ready, own))
    return len(ready)


async def _standings(node: Node, fingerprints: set[bytes]) -> dict[bytes, Standing]:
    """What was asked already is used while it holds; what was kept of a certificate that is registered no more is used as it is."""
    async with node.read(WHO) as tx:
        known = await store.standings(tx, fingerprints)
    registered = client.by_fingerprint(membership_of(node))
    old = [one for one in fingerprints if one in registered and (one not in known or known[one].until <= clock.now())]
    fresh = await client.standings(node, [registered[one] for one in old])
    if fresh:
        async with node.write(WHO) as tx:
            await store.keep_standings(tx, fresh)
    return known | {one.fingerprint: one for one in fresh}


async def _noted(node: Node, part: str, work: Awaitable[T]) -> T:
    """A part that is missing is a gap on record, and traffic goes on without it."""
    try:
        found = await work
    except (Unavailable, BadSignature):
        async with node.write(WHO) as tx:
            await note_gap(tx, WHO, part, fresh=False)
        raise
    async with node.write(WHO) as tx:
        await note_gap(tx, WHO, part, fresh=True)
    return found


async def _keep(node: Node, kept: Kept) -> None:
    async with node.write(WHO) as tx:
        if not await store.keep_stamp(tx, kept):
            raise Conflict("exchange.stamped_meanwhile")
        said = EvidenceStamped(root=root(kept.leaves).hex(), token=hashlib.sha256(kept.token).hexdigest(), batches=len(kept.batches))
        await events.append(tx, WHO, str(kept.id), said)
