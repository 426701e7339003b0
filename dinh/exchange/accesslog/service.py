"""Record an access and read a person's log."""

from dinh.exchange.accesslog import store
from dinh.exchange.accesslog.contracts import Entry, Seen
from dinh.exchange.members import Service
from dinh.kernel import events, ids
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import ReadTx, WriteTx

PAGE = 200


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
    entry = Entry(id=ids.new_id(), at=tx.now, agency=agency, post=who.post, purpose=purpose, legal_basis=basis, what=what, case=who.case)
    await store.insert(tx, person, entry)
    await events.append(tx, who, person, Seen(person=person, agency=agency, purpose=purpose, what=what))


async def entries_of(tx: ReadTx, person: str) -> list[Entry]:
    """Newest first, at most PAGE. The caller has been allowed to see this person's log."""
    return await store.of_person(tx, person, PAGE)
