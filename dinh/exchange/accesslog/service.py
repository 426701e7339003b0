"""Record an access and read a person's log."""

from collections.abc import Sequence
from datetime import timedelta

from dinh.exchange.accesslog import store
from dinh.exchange.accesslog.contracts import Access, Entry, Log, Seen, Wanted
from dinh.kernel import events, ids
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import ReadTx, WriteTx

RECENT_DAYS = 30


async def record(tx: WriteTx, who: Caller, person: str, what: str, *, purpose: str, legal_basis: str) -> None:
    """A local view: call it in the transaction that reads, which must commit before the page leaves."""
    if person == who.person:
        return
    agency = who.agency or tx.node.plan.operator
    await record_all(tx, [Access(who=who, person=person, agency=agency, purpose=purpose, legal_basis=legal_basis, what=what)])


async def record_all(tx: WriteTx, accesses: Sequence[Access]) -> None:
    """Answers to other members, also when they act at the person's own wish: the person sees who took what."""
    entries = [(access, _entry(tx, access)) for access in accesses]
    await store.insert_all(tx, [(access.person, entry) for access, entry in entries])
    for access, entry in entries:
        seen = Seen(person=access.person, agency=entry.agency, purpose=entry.purpose, what=entry.what)
        await events.append(tx, access.who, access.person, seen)


def _entry(tx: WriteTx, access: Access) -> Entry:
    """One's own is what a person asks for without a post: an official who looks themselves up acts for the agency."""
    who = access.who
    return Entry(
        id=ids.new_id(), at=tx.now, agency=access.agency, post=who.post, purpose=access.purpose, legal_basis=access.legal_basis, what=access.what,
        case=who.case, own=who.person == access.person and who.post is None,
    )  # fmt: skip


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
