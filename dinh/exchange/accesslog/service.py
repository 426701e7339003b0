"""Record an access and read a person's log."""

from datetime import timedelta

from dinh.exchange.accesslog import store
from dinh.exchange.accesslog.contracts import Entry, Log, Seen, Wanted
from dinh.exchange.members import Service
from dinh.kernel import events, ids
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import ReadTx, WriteTx

RECENT_DAYS = 30


async def record(tx: WriteTx, who: Caller, person: str, what: str, *, purpose: str, legal_basis: str) -> None:
    """A local view: call it in the transaction that reads, which must commit before the page leaves."""
    if person == who.person:
        return
    await _add(tx, who, who.agency or tx.node.plan.operator, person, what, purpose, legal_basis)


async def record_exchange(tx: WriteTx, who: Caller, service: str, client: str, purpose: str, contract: Service, subjects: list[str]) -> None:
    """An answer to another member, also when it acts at the person's own wish: the person sees who took what."""
    basis = next((right.basis for right in contract.rights if right.purpose == purpose), "")
    for person in dict.fromkeys(subjects):
        await _add(tx, who, client, person, service, purpose, basis)


async def _add(tx: WriteTx, who: Caller, agency: str, person: str, what: str, purpose: str, basis: str) -> None:
    """One's own is what a person asks for without a post: an official who looks themselves up acts for the agency."""
    entry = Entry(
        id=ids.new_id(), at=tx.now, agency=agency, post=who.post, purpose=purpose, legal_basis=basis, what=what, case=who.case,
        own=who.person == person and who.post is None,
    )  # fmt: skip
    await store.insert(tx, person, entry)
    await events.append(tx, who, person, Seen(person=person, agency=agency, purpose=purpose, what=what))


async def log_of(tx: ReadTx, person: str, wanted: Wanted) -> Log:
    """The wanted part of a person's log on this node. The caller has been allowed to see it."""
    entries = await store.of_person(tx, person, wanted)
    if not wanted.counted:
        return Log(entries=entries)
    recent = tx.now - timedelta(days=RECENT_DAYS)
    return Log(entries=entries, total=await store.count(tx, person, wanted), tally=await store.tally(tx, person, recent))


async def entries_of(tx: ReadTx, person: str) -> list[Entry]:
    """The newest 200. The caller has been allowed to see this person's log."""
    return await store.of_person(tx, person, Wanted())
