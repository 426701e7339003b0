"""Record an access, read a person's log, and keep an embargo longer."""

import os
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from dinh.exchange.accesslog import rules, store
from dinh.exchange.accesslog.contracts import Access, AccessCommitted, EmbargoOpened, EmbargoProlonged, Entry, Line, Log, Order, Shown, Wanted
from dinh.kernel import events, ids, keys
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

RECENT_DAYS = 30
# Who commits an entry in the spine: the envelope is shown in proofs, so it names nobody who looked.
WHO = system("exchange")


def by_number(node: Node, number: str) -> str:
    """How entries about the holder of this number are kept here. Without this node's key the number cannot be found back, nor the person on another node."""
    return rules.NUMBER + keys.pseudonym(node, "exchange.access", number).hex()


async def record(tx: WriteTx, who: Caller, person: str, what: str, *, purpose: str, legal_basis: str, shown: Shown = "agency") -> None:
    """A local view: call it in the transaction that reads, which must commit before the page leaves. `shown`: how much of it the person sees."""
    if person == who.person:
        return
    agency = who.agency or tx.node.plan.operator
    await record_all(tx, [Access(who=who, person=person, agency=agency, purpose=purpose, legal_basis=legal_basis, what=what, shown=shown)])


async def record_all(tx: WriteTx, accesses: Sequence[Access]) -> None:
    """With whatever else this transaction does, or not at all."""
    lines = lines_of(tx, accesses)
    await open_embargoes(tx, accesses)
    await store.insert_all(tx, lines)
    await commit(tx, lines)


def lines_of(tx: WriteTx, accesses: Sequence[Access]) -> list[Line]:
    """What is kept of them; also of those who act at the person's own wish: the person sees who took what."""
    return [_line(tx, access) for access in accesses]


def _line(tx: WriteTx, access: Access) -> Line:
    """One's own is what a person asks for without a post: an official who looks themselves up acts for the agency."""
    who, embargo = access.who, access.embargo
    return Line(
        id=ids.new_id(), person=access.person, at=tx.now, agency=access.agency, actor=who.person, post=who.post, purpose=access.purpose,
        legal_basis=access.legal_basis, what=access.what, case_code=who.case, own=who.person == access.person and who.post is None, shown=access.shown,
        message=access.message, embargo=rules.embargo_id(embargo.authority, embargo.order) if embargo else None, nonce=os.urandom(rules.NONCE),
    )  # fmt: skip


async def commit(tx: WriteTx, lines: Sequence[Line]) -> None:
    for line in lines:
        await events.append(tx, WHO, str(line.id), AccessCommitted(entry=str(line.id), commitment=rules.committed(line)))


async def open_embargoes(tx: WriteTx, accesses: Sequence[Access]) -> None:
    """Orders that are named for the first time. A second use of one does not begin its days anew."""
    found = {rules.embargo_id(one.embargo.authority, one.embargo.order): one.embargo for one in accesses if one.embargo}
    if not found:
        return
    untils = {key: tx.now + timedelta(days=one.days) for key, one in found.items()}
    for key in await store.open_embargoes(tx, found, untils):
        opened = EmbargoOpened(embargo=str(key), authority=found[key].authority, reason=found[key].reason, until=untils[key])
        await events.append(tx, WHO, str(key), opened)


async def prolong(tx: WriteTx, who: Caller, authority: str, order: Order, most_days: int) -> UUID:
    """A new dated order of the same authority, while its embargo still holds. Takes the embargo's lock. Raises NotFound, Invalid."""
    embargo = rules.embargo_id(authority, order.prolongs)
    until = await store.lock_embargo(tx, embargo)
    if until is None:
        raise NotFound("exchange.no_embargo")
    ends = rules.prolonged_until(order, until, tx.now, most_days, tx.node.country.zone)
    await store.prolong(tx, embargo, ends)
    await events.append(tx, who, str(embargo), EmbargoProlonged(embargo=str(embargo), authority=authority, number=order.number, until=ends))
    return embargo


def names_of(node: Node, person: str, number: str) -> list[str]:
    """What a person is called in entries of this node; the number may be empty."""
    return [person, *([by_number(node, number)] if number else [])]


async def log_of(tx: ReadTx, person: str, wanted: Wanted) -> Log:
    """The wanted part of a person's log on this node, no more of it than they may see. The caller has been allowed to see it."""
    names = names_of(tx.node, person, wanted.number)
    found = [entry for name in names for entry in await store.of_person(tx, name, wanted)]
    entries = sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)[: wanted.limit]
    ask_again = not wanted.number and await store.has_numbers(tx)
    if not wanted.counted:
        return Log(entries=entries, by_number=ask_again)
    recent = tx.now - timedelta(days=RECENT_DAYS)
    total = sum([await store.count(tx, name, wanted) for name in names])
    return Log(
        entries=entries, total=total, tally=[one for name in names for one in await store.tally(tx, name, wanted, recent)], by_number=ask_again
    )


async def has_numbers(tx: ReadTx) -> bool:
    """Whether any entry here is kept by a number."""
    return await store.has_numbers(tx)


async def lines_by_id(tx: ReadTx, ids: Sequence[UUID]) -> list[Line]:
    """As they are kept, also what is withheld: for the platform's own work."""
    return await store.lines(tx, ids) if ids else []


async def shown_lines(tx: ReadTx, names: Sequence[str], ids: Sequence[UUID]) -> list[Line]:
    """Of these entries those about one of `names` that may be shown by now, newest first; without those of older releases, which were not committed."""
    return await store.shown_lines(tx, names, ids)


async def entries_of(tx: ReadTx, person: str) -> list[Entry]:
    """The newest 200. The caller has been allowed to see this person's log."""
    return await store.of_person(tx, person, Wanted())
