"""Lend authority and take it back. Whether the giver holds it is asked at the moment of use, by `posts`."""

from datetime import date
from uuid import UUID

from dinh.kernel import events, ids
from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotFound
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices.delegations import store
from dinh.offices.delegations.contracts import Delegation, DelegationGiven, DelegationRevoked


async def lend(tx: WriteTx, who: Caller, delegation: Delegation) -> None:
    """The caller has been allowed to lend what its post holds."""
    await store.insert(tx, delegation)
    given = DelegationGiven(
        delegation=str(delegation.id), from_post=delegation.from_post, to_post=delegation.to_post, duty=delegation.duty, since=delegation.since,
        until=delegation.until,
    )  # fmt: skip
    await events.append(tx, who, delegation.from_post, given)


def new(tx: ReadTx, who: Caller, to_post: str, duty: str, procedures: list[str], since: date, until: date, ref: str) -> Delegation:
    return Delegation(
        id=ids.new_id(),
        from_post=who.post or "",
        to_post=to_post,
        duty=duty,
        procedures=procedures,
        since=since,
        until=until,
        ref=ref,
        given_at=tx.now,
    )


async def lent_to(tx: ReadTx, posts: list[str], day: date) -> list[Delegation]:
    return await store.to_posts(tx, posts, day) if posts else []


async def lent_by(tx: ReadTx, who: Caller) -> list[Delegation]:
    """The newest first."""
    return await store.from_post(tx, who.post or "")


async def revoke(tx: WriteTx, who: Caller, delegation: UUID) -> None:
    """Raises NotFound for another post's."""
    found = await store.revoke(tx, delegation, who.post or "")
    if found is None:
        raise NotFound(subject=f"delegation:{delegation}")
    revoked = DelegationRevoked(delegation=str(found.id), from_post=found.from_post, to_post=found.to_post)
    await events.append(tx, who, found.from_post, revoked)
