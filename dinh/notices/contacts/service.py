"""An address is confirmed by a code sent to it, chosen, left and removed."""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dinh.kernel import events, ids, keys
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Invalid, NotFound, TooMany
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.notices.contacts import rules, store
from dinh.notices.contacts.contracts import (
    Contact,
    ContactBounced,
    ContactChosen,
    ContactConfirmed,
    ContactProposed,
    ContactRefused,
    ContactRemoved,
    Destination,
    LanguageChosen,
    Proposal,
    Sealed,
    Verdict,
    Way,
)
from dinh.notices.definitions import Channel, channel_plan
from dinh.notices.outbox import Delivery, Senders, cancel, put_out

CHANNELS: tuple[Channel, ...] = ("email", "sms")
KEEP_PROPOSALS = timedelta(days=1)


async def ways_of(tx: ReadTx, who: Caller) -> list[Way]:
    """Every channel, offered or not, with the caller's own addresses."""
    person, offered = who.person or "", tx.node.part(Senders).offered
    known = {contact.channel: contact for contact in await store.contacts(tx, person)}
    waiting = {proposal.channel: proposal for proposal in await store.proposals(tx, person)}
    return [await _way(tx, channel, channel in offered, known.get(channel), waiting.get(channel)) for channel in CHANNELS]


async def _way(tx: ReadTx, channel: Channel, offered: bool, contact: Contact | None, proposal: Proposal | None) -> Way:  # noqa: FBT001
    proposed = (await _open(tx, proposal)).address if proposal else ""
    bounced = bool(proposal and proposal.bounced_at)
    if contact is None:
        return Way(channel=channel, offered=offered, proposed=proposed, proposed_bounced=bounced)
    return Way(
        channel=channel, offered=offered, address=(await _open(tx, contact)).address, wanted=contact.wanted, bounced=contact.bounced_at is not None,
        language=contact.language, proposed=proposed, proposed_bounced=bounced,
    )  # fmt: skip


async def propose(tx: WriteTx, who: Caller, channel: Channel, typed: str, language: str) -> None:
    """Send a code to an address that the caller claims. Raises Invalid, TooMany."""
    person, address = who.person or "", _address(tx.node, channel, typed)
    if channel not in tx.node.part(Senders).offered or address is None:
        raise Invalid(fields={channel: f"notices.wrong_{channel}"})
    await _limit(tx, person, address)
    key = await keys.for_scope(tx, f"person:{person}")
    before = await store.lock_proposal(tx, person, channel)
    if before:
        await cancel(tx, before.id)
    proposal_id, code = ids.new_id(), f"{secrets.randbelow(10**6):06d}"
    proposal = Proposal(
        id=proposal_id, person=person, channel=channel, key=key.id, sealed=_seal(key, proposal_id, Sealed(address)), language=language,
        code_hash=_hash(tx.node, proposal_id, code), attempts=0, expires_at=tx.now + rules.CODE_LIFE,
    )  # fmt: skip
    await store.put_proposal(tx, proposal)
    await _send_code(tx, key, proposal, code)
    await events.append(tx, who, person, ContactProposed(person=person, channel=channel))


def _address(node: Node, channel: Channel, typed: str) -> str | None:
    return rules.email(typed) if channel == "email" else rules.phone(typed, channel_plan(node.country).phone)


async def _limit(tx: WriteTx, person: str, address: str) -> None:
    """Neither may a person ask without end, nor may many persons flood one address."""
    own, there = keys.pseudonym(tx.node, "asked by", person), keys.pseudonym(tx.node, "asked for", address.lower())
    often = await store.asked_since(tx, own, tx.now - rules.PERSON_WINDOW) >= rules.PER_PERSON
    if often or await store.asked_since(tx, there, tx.now - rules.ADDRESS_WINDOW) >= rules.PER_ADDRESS:
        raise TooMany("notices.too_many", retry_after=int(rules.PERSON_WINDOW.total_seconds()))
    await store.note_asked(tx, own, there)


async def _send_code(tx: WriteTx, key: keys.DataKey, proposal: Proposal, code: str) -> None:
    delivery_id = ids.new_id()
    delivery = Delivery(
        id=delivery_id, person=proposal.person, channel=proposal.channel, contact=proposal.id, key=key.id,
        sealed=key.encrypt(code.encode(), delivery_id.bytes), made_at=tx.now, expires_at=proposal.expires_at,
    )  # fmt: skip
    await put_out(tx, delivery)


def _hash(node: Node, proposal: UUID, code: str) -> bytes:
    """Keyed by the node: six digits alone would be found by trying."""
    return keys.pseudonym(node, "notice code", f"{proposal}:{code}")


def _seal(key: keys.DataKey, place: UUID, content: Sealed) -> bytes:
    return key.encrypt(msgspec.json.encode(content), place.bytes)


async def _open(tx: ReadTx, row: Contact | Proposal) -> Sealed:
    key = await keys.by_id(tx, row.key)
    return msgspec.json.decode(key.decrypt(row.sealed, row.id.bytes), type=Sealed)


async def confirm(tx: WriteTx, who: Caller, channel: Channel, typed: str) -> Verdict:
    """Does not raise for a wrong code: the attempt has to be counted. Locks the proposal."""
    person = who.person or ""
    proposal = await store.lock_proposal(tx, person, channel)
    if proposal is None or proposal.expires_at <= tx.now or proposal.attempts >= rules.WRONG_CODES:
        return "ask_again"
    code = "".join(letter for letter in typed if letter.isdecimal())
    if not hmac.compare_digest(_hash(tx.node, proposal.id, code), proposal.code_hash):
        await store.count_attempt(tx, proposal.id)
        await events.append(tx, who, person, ContactRefused(person=person, channel=channel))
        return "ask_again" if proposal.attempts + 1 >= rules.WRONG_CODES else "wrong"
    await _replace(tx, proposal)
    await events.append(tx, who, person, ContactConfirmed(person=person, channel=channel))
    return "confirmed"


async def _replace(tx: WriteTx, proposal: Proposal) -> None:
    """The confirmed address takes the place of the earlier one; what still waited for that one stays in the application."""
    for before in await store.contacts(tx, proposal.person):
        if before.channel == proposal.channel:
            await cancel(tx, before.id)
    address, leave, contact_id = (await _open(tx, proposal)).address, ids.token(), ids.new_id()
    key = await keys.by_id(tx, proposal.key)
    contact = Contact(
        id=contact_id, person=proposal.person, channel=proposal.channel, key=key.id, sealed=_seal(key, contact_id, Sealed(address, leave)),
        language=proposal.language, wanted=True, confirmed_at=tx.now,
    )  # fmt: skip
    await store.put_contact(tx, contact, ids.digest(leave))
    await store.drop_proposal(tx, proposal.person, proposal.channel)


async def choose(tx: WriteTx, who: Caller, channel: Channel, *, wanted: bool) -> None:
    for contact in await store.contacts(tx, who.person or ""):
        if contact.channel == channel:
            await _choose(tx, who, contact, wanted=wanted)


async def _choose(tx: WriteTx, who: Caller, contact: Contact, *, wanted: bool) -> None:
    if await store.choose(tx, contact.id, wanted=wanted):
        if not wanted:
            await cancel(tx, contact.id)
        await events.append(tx, who, contact.person, ContactChosen(person=contact.person, channel=contact.channel, wanted=wanted))


async def speak(tx: WriteTx, who: Caller, language: str) -> None:
    """The language of messages. Raises Invalid for one that the country does not speak."""
    if language not in tx.node.country.languages:
        raise Invalid
    if await store.speak(tx, who.person or "", language):
        await events.append(tx, who, who.person or "", LanguageChosen(person=who.person or "", language=language))


async def remove(tx: WriteTx, who: Caller, channel: Channel) -> None:
    """Forget the address, and the one that waits for a code."""
    person = who.person or ""
    gone = [await store.remove(tx, person, channel), await store.drop_proposal(tx, person, channel)]
    for contact in gone:
        if contact:
            await cancel(tx, contact)
    if any(gone):
        await events.append(tx, who, person, ContactRemoved(person=person, channel=channel))


async def leave(tx: WriteTx, who: Caller, token: str) -> None:
    """End the messages to the address that holds this link, signed in or not; the second time changes nothing. Raises NotFound."""
    contact = await store.by_leave(tx, ids.digest(token))
    if contact is None:
        raise NotFound("notices.no_link")
    await _choose(tx, who, contact, wanted=False)


async def still_wanted(tx: ReadTx, token: str) -> bool:
    """Raises NotFound for an unknown link."""
    contact = await store.by_leave(tx, ids.digest(token))
    if contact is None:
        raise NotFound("notices.no_link")
    return contact.wanted


async def open_for(tx: ReadTx, person: str) -> dict[Channel, UUID]:
    """Where this person wants to be told now."""
    return {contact.channel: contact.id for contact in await store.contacts(tx, person) if _is_open(contact)}


def _is_open(contact: Contact) -> bool:
    return contact.wanted and contact.bounced_at is None


async def destination(tx: ReadTx, contact_id: UUID, *, confirmed: bool) -> Destination | None:
    """The address behind a delivery; None when its person has left, removed or replaced it meanwhile."""
    row = await store.contact(tx, contact_id) if confirmed else await store.proposal(tx, contact_id)
    if row is None or (isinstance(row, Contact) and not _is_open(row)):
        return None
    sealed = await _open(tx, row)
    return Destination(sealed.address, row.language, sealed.leave)


async def mark_bounced(tx: WriteTx, who: Caller, person: str, channel: Channel, contact: UUID) -> bool:
    """Nothing more goes there until it is confirmed anew; its person is told in the application. False when that was known."""
    if not await store.mark_bounced(tx, contact):
        return False
    await events.append(tx, who, person, ContactBounced(person=person, channel=channel))
    return True


async def forget(tx: WriteTx, now: datetime) -> int:
    return await store.forget(tx, now - KEEP_PROPOSALS)
