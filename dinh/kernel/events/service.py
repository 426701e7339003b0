"""Append events, and read them back in the order of their seals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from dinh.kernel import ids
from dinh.kernel.caller import Caller
from dinh.kernel.events import store
from dinh.kernel.events.contracts import Event, Recorded
from dinh.kernel.transactions import ReadTx, WriteTx


async def append(tx: WriteTx, who: Caller, subject: str, *events: Event, case: str | None = None, occurred_at: datetime | None = None) -> None:
    """Record what happened to `subject` (an opaque reference or a code) in this transaction, in the order given.

    All events of a transaction are written by one statement just before it commits.
    """
    if not tx.events:
        tx.at_the_end(lambda: _flush(tx))
    tx.events += [_envelope(tx, who, subject, event, case or who.case, occurred_at or tx.now) for event in events]


def taken(tx: WriteTx) -> list[list[Any]]:
    """What was to be appended at the end, as columns for `adding`: the caller appends it by a statement of its own, in the same transaction."""
    waiting, tx.events = tx.events, []
    return store.columns_of(waiting)


async def _flush(tx: WriteTx) -> None:
    waiting, tx.events = tx.events, []
    if waiting:
        await store.append(tx, waiting)


def _envelope(tx: WriteTx, who: Caller, subject: str, event: Event, case: str | None, occurred_at: datetime) -> Recorded:
    return Recorded(
        id=ids.new_id(), node=tx.node.code, type=event.type, version=event.version, occurred_at=occurred_at, recorded_at=tx.now,
        local_date=tx.node.country.local_date(occurred_at), actor=who.person, post=who.post, on_behalf_of=who.on_behalf_of,
        subject=subject, case_code=case, legal_basis=who.legal_basis, trace=who.trace, payload=msgspec.json.encode(event),
    )  # fmt: skip


async def read_history(tx: ReadTx, subject: str) -> list[Recorded]:
    """All that happened to one subject, sealed or not, in order of recording."""
    if isinstance(tx, WriteTx):
        await _flush(tx)
    return await store.of_subject(tx, subject)


async def follow(tx: WriteTx, reader: str, limit: int = 500) -> Sequence[Recorded]:
    """The next sealed events for this reader. Its position moves with the transaction: each event is read once."""
    position = await store.reader_position(tx, reader)
    events = await store.sealed(tx, position, limit)
    if events:
        await store.move_reader(tx, reader, events[-1].position or position)
    return events


async def rewind(tx: WriteTx, reader: str) -> None:
    """The reader starts again at the first event."""
    await store.reader_position(tx, reader)
    await store.move_reader(tx, reader, 0)
