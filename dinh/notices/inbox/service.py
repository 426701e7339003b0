"""Turn sealed events into notices, once each; show them, and mark them as read."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from dinh.kernel import events, ids
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import NotFound
from dinh.kernel.events import Recorded
from dinh.kernel.node import Node
from dinh.kernel.texts import Speaker
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.notices.contacts import open_for
from dinh.notices.definitions import Definition, Namings, Words, chosen, definitions_of, facts, fitting, words
from dinh.notices.inbox import rules, store
from dinh.notices.inbox.contracts import Notice, NoticesRead, Shelf, Shown
from dinh.notices.outbox import Delivery, Senders, put_out

# How long a message is tried for; after that its notice is in the application only.
TRY = timedelta(days=5)


async def read_spine(node: Node) -> int:
    """Follow the spine by one batch. Position, notices and what leaves move together, so that nothing is told twice."""
    definitions = list(definitions_of(node.country).values())
    wanted = {definition.event for definition in definitions}
    async with node.write(system("notices")) as tx:
        recorded = await events.follow(tx, store.READER)
        for event in recorded:
            if event.type in wanted and rules.is_news(event.recorded_at, tx.now):
                await _take(tx, definitions, event)
        return len(recorded)


async def _take(tx: WriteTx, definitions: list[Definition], event: Recorded) -> None:
    payload = msgspec.json.decode(event.payload)
    for person, candidates in _by_person(fitting(definitions, event.type, payload), payload).items():
        # The first is made unless it depends on what was told before.
        changing = event.case_code and (candidates[0].new or candidates[0].changed)
        told = await store.told(tx, person, event.case_code or "", event.position or 0) if changing else {}
        definition = chosen(candidates, payload, told)
        if definition:
            await _make(tx, definition, person, event, payload)


def _by_person(candidates: list[Definition], payload: dict[str, Any]) -> dict[str, list[Definition]]:
    """An event of before it named its person tells nobody."""
    found: dict[str, list[Definition]] = {}
    for definition in candidates:
        if person := payload.get(definition.person):
            found.setdefault(str(person), []).append(definition)
    return found


async def _make(tx: WriteTx, definition: Definition, person: str, event: Recorded, payload: dict[str, Any]) -> None:
    notice = Notice(
        id=ids.new_id(), person=person, kind=definition.code, urgency=definition.urgency, case_code=event.case_code,
        facts=facts(definition, payload), occurred_at=event.occurred_at, made_at=tx.now,
    )  # fmt: skip
    made = await store.insert(tx, notice, event.id, event.position or 0, tx.now + timedelta(days=definition.keep_days))
    if not made or not rules.is_fresh(event.recorded_at, tx.now):
        return
    channels = [channel for channel in definition.channels if channel in tx.node.part(Senders).offered]
    contacts = await open_for(tx, person) if channels else {}
    for channel in channels:
        if channel in contacts:
            delivery = Delivery(
                id=ids.new_id(), person=person, channel=channel, contact=contacts[channel], notice=notice.id, made_at=tx.now, expires_at=tx.now + TRY,
            )  # fmt: skip
            await put_out(tx, delivery)


def words_of(node: Node, speaker: Speaker, notice: Notice) -> Words:
    """In plain words even when the country no longer declares this kind."""
    definition = definitions_of(node.country).get(notice.kind)
    if definition is None:
        link = f"/cases/{notice.case_code}" if notice.case_code else ""
        return Words(speaker.say("notices.retired"), notice.case_code or "", "", link)
    return words(speaker, node.part(Namings), definition, notice.case_code, notice.facts, notice.occurred_at)


async def shelf(tx: ReadTx, who: Caller, speaker: Speaker, page: int) -> Shelf:
    """One page of the caller's notices, unread first."""
    found = await store.page(tx, who.person or "", rules.PAGE + 1, (page - 1) * rules.PAGE)
    shown = [Shown(notice, words_of(tx.node, speaker, notice)) for notice in found[: rules.PAGE]]
    return Shelf(shown, await store.unread(tx, who.person or ""), len(found) > rules.PAGE)


async def open_notice(tx: WriteTx, who: Caller, notice_id: UUID) -> Notice:
    """The caller's own, read from now on. Raises NotFound, recorded, for anyone else's."""
    notice = await store.one(tx, notice_id)
    if notice is None:
        raise NotFound(subject=f"notice:{notice_id}")
    await _mark(tx, who, notice_id)
    return notice


async def read_all(tx: WriteTx, who: Caller) -> None:
    await _mark(tx, who, None)


async def _mark(tx: WriteTx, who: Caller, notice: UUID | None) -> None:
    marked = await store.mark(tx, who.person or "", notice)
    if marked:
        await events.append(tx, who, who.person or "", NoticesRead(person=who.person or "", notices=marked))


async def notice_of(tx: ReadTx, notice_id: UUID) -> Notice | None:
    return await store.one(tx, notice_id)


async def unread(node: Node, who: Caller) -> int:
    """For the header: one indexed statement, 100 at most."""
    async with node.glance(who) as tx:
        return await store.unread(tx, who.person or "")


async def forget(tx: WriteTx) -> int:
    """What its kind says need not be kept any longer."""
    return await store.forget(tx)
