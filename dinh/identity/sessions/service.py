"""Sessions at a node: opened when the issuer vouches, read at every request."""

from uuid import UUID

import msgspec

from dinh.exchange import record
from dinh.identity.sessions import rules, store
from dinh.identity.sessions.contracts import Arrival, Departure, Session, SessionOpened
from dinh.kernel import events, ids, keys
from dinh.kernel.caller import PUBLIC, Caller, system
from dinh.kernel.errors import SignInNeeded
from dinh.kernel.node import Node
from dinh.kernel.sessions import Sessions
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import oversight, posts_of

ABOUT_NAME = b"mandate of a session"


async def leave(tx: WriteTx, leaving: Departure) -> str:
    """Remember who leaves for the issuer; the secret goes into the browser."""
    secret = ids.token()
    await store.leave(tx, ids.digest(secret), leaving)
    return secret


async def come_back(tx: WriteTx, secret: str) -> Departure | None:
    """What was remembered, once."""
    return await store.come_back(tx, ids.digest(secret))


async def open_session(tx: WriteTx, who: Caller, arrival: Arrival, old: str) -> str:
    """The secret of a new session; the one it replaces is closed."""
    secret, level = ids.token(), rules.level_of(arrival.acr)
    await store.close_session(tx, ids.digest(old))
    await store.open_session(tx, ids.digest(secret), arrival, level, tx.now + rules.ABSOLUTE, tx.now + rules.IDLE)
    await events.append(tx, who, arrival.sub, SessionOpened(person=arrival.sub, assurance=level))
    return secret


async def close_session(tx: WriteTx, secret: str) -> str | None:
    """The ID token of the session, for signing out at the issuer."""
    return await store.close_session(tx, ids.digest(secret))


async def choose_mandate(tx: WriteTx, secret: str, mandate: UUID | None, name: str = "") -> str:
    """Act under this mandate, or for oneself again; the session's new secret. Raises SignInNeeded when the session has ended."""
    new = ids.token()
    sealed = keys.seal_for_node(tx.node, name.encode(), ABOUT_NAME) if mandate else None
    if not await store.choose(tx, ids.digest(secret), ids.digest(new), mandate, sealed):
        raise SignInNeeded
    return new


async def purge(node: Node) -> int:
    """Forget sessions, codes and attempts that have expired. Returns how many rows went."""
    async with node.write(system("purge")) as tx:
        return await store.purge(tx)


class SessionReader(Sessions):
    """The post is read from offices at this very request: an appointment or its end holds at once."""

    async def ended(self, node: Node, secret: str) -> str | None:
        async with node.glance(system("sessions")) as tx:
            return await store.whose(tx, ids.digest(secret))

    async def caller(self, node: Node, secret: str) -> Caller:
        hashed = ids.digest(secret)
        async with node.glance(system("sessions")) as tx:
            session = await store.session(tx, hashed)
            if session is None:
                return PUBLIC
            who = await _caller(tx, session)
            name = _name_of(node, session)
            late = session.idle_until - tx.now < rules.PROLONG_AT
        if late:
            async with node.write(system("sessions")) as tx:
                await store.prolong(tx, hashed, tx.now + rules.IDLE)
        return await _under(node, who, session.mandate, name) if session.mandate else who

    async def acted(self, node: Node, who: Caller, part: str) -> None:
        async with node.write(who) as tx:
            await record(tx, who, who.on_behalf_of or "", f"mandate.{part}", purpose="mandate", legal_basis=who.legal_basis or "")


async def _under(node: Node, who: Caller, mandate: UUID, name: str) -> Caller:
    """Read at this very request: a mandate that was ended or has expired reaches nowhere. Whoever acts for another does so as a person, without a post."""
    alone = Caller(
        kind="person", person=who.person, assurance=who.assurance, authenticated_at=who.authenticated_at, mandate=str(mandate), mandate_of=name
    )
    async with node.read(alone) as tx:
        reach = await store.reach(tx, mandate, who.person or "", node.country.local_date(tx.now))
    if reach is None:
        return msgspec.structs.replace(alone, lapsed=True)
    return msgspec.structs.replace(
        alone, on_behalf_of=reach.represented, parts=tuple(reach.parts), procedures=tuple(reach.procedures), legal_basis=reach.basis
    )


def _name_of(node: Node, session: Session) -> str:
    return keys.open_for_node(node, session.mandate_of, ABOUT_NAME).decode() if session.mandate_of else ""


async def _caller(tx: ReadTx, session: Session) -> Caller:
    posts = await posts_of(tx, session.person)
    holding, duties = posts[0] if posts else (None, ())
    return Caller(
        kind="officer" if holding else "person", person=session.person, assurance=session.assurance, authenticated_at=session.authenticated_at,
        post=holding.post.code if holding else None, agency=holding.post.agency if holding else None,
        units=(holding.post.unit,) if holding else (), duties=duties,
        oversees=oversight(tx.node.country, holding.post.unit, duties) if holding else (),
    )  # fmt: skip
