"""Tell another member something, inside a transaction; deliver what has been told, outside any; take in what its receivers say of it."""

import hashlib
from datetime import timedelta
from functools import partial
from typing import Any, get_args
from uuid import UUID

import asyncpg
import msgspec

from dinh.exchange.delivery import rules, store
from dinh.exchange.delivery.contracts import (
    Dead,
    Letter,
    Message,
    MessageDied,
    MessageGivenUp,
    MessageRevived,
    Outbox,
    Reason,
    Receipt,
    State,
    Told,
)  # fmt: skip
from dinh.exchange.delivery.plugs import GivenUp
from dinh.exchange.gateway import Envelope, Question, check_refusal, exchange, plain, read, send, stamp
from dinh.exchange.members import declared, membership_of
from dinh.exchange.messages import Request
from dinh.exchange.queues import Waiting, due_now, failed, wait_after, waiting, work_off
from dinh.kernel import events, ids, keys, log
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import BadSignature, Conflict, Invalid, NotFound, Refused, TooMany
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

LEASE = timedelta(seconds=30)
SHOWN = 200
RECEIPT = "exchange.receipt"
_log = log.get("exchange")


async def tell(tx: WriteTx, who: Caller, message: Question, *, key: keys.DataKey | None = None, identity: UUID | None = None) -> str:
    """Put a message in the outbox: it leaves only if this transaction commits, and then arrives at least once. Its X-Road-Id, made of `identity`.

    The body is encrypted with the case's key while it waits. Raises NotAllowed when there is no right to send it.
    """
    membership = membership_of(tx.node)
    membership.check_provider(message.service, message.provider)
    membership.right(message.service, message.client, message.purpose, who.assurance, later=True)
    key = key or await month_key(tx)
    identity = identity or ids.new_id()
    envelope = Envelope(
        id=identity, message_id=f"{membership.names.instance}-{identity}", kind="tell", client=message.client, provider=message.provider,
        service=message.service, purpose=message.purpose, sent_at=tx.now, case=message.case or who.case, person=who.person, post=who.post,
        assurance=who.assurance, on_behalf_of=who.on_behalf_of, mandate=who.mandate,
    )  # fmt: skip
    await store.insert(tx, envelope, key.id, key.encrypt(msgspec.json.encode(message.body), envelope.id.bytes))
    await _say(tx, who, envelope.id, Told(message=str(envelope.id), service=message.service, receiver=message.provider), envelope.case)
    return envelope.message_id


async def month_key(tx: WriteTx) -> keys.DataKey:
    return await keys.for_scope(tx, f"month:{tx.now:%Y-%m}")


async def post(tx: WriteTx, who: Caller, letter: Letter) -> bool:
    """Put a system's message in the outbox, or one for a system; whether it is new. With the same id it is the same message; the caller has checked the rights.

    Raises Conflict (`exchange.other_message`) when another message has this id.
    """
    key, identity = await month_key(tx), ids.new_id()
    content = msgspec.msgpack.encode((letter.target, letter.headers, letter.body))
    digest = keys.pseudonym(tx.node, "message", _content_digest(letter))
    found, known = await store.post(tx, identity, letter, key.id, key.encrypt(content, identity.bytes), digest)
    if found != identity:
        if known != digest:
            raise Conflict("exchange.other_message")
        return False
    await _say(tx, who, identity, Told(message=str(identity), service=letter.service, receiver=letter.receiver), letter.case)
    return True


def _content_digest(letter: Letter) -> str:
    """Of what makes a repeated message the same: where it goes, for what, and what it says. Headers such as a trace's may differ."""
    said = msgspec.msgpack.encode((letter.target, letter.purpose, letter.case, letter.assurance, letter.body))
    return hashlib.sha256(said).hexdigest()


async def _say(tx: WriteTx, who: Caller, message: UUID, event: events.Event, case: str | None) -> None:
    await events.append(tx, who, str(message), event, case=case)


async def outbox_of(tx: ReadTx) -> Outbox:
    return await store.outbox(tx)


async def undelivered(tx: ReadTx, cases: list[str]) -> set[str]:
    """Which of these cases have a message that has not arrived yet."""
    return await store.undelivered(tx, cases)


async def retry_now(tx: WriteTx) -> int:
    """What waits for its next attempt is due at once. How many messages; a second delivery of one has no effect."""
    return await due_now(tx, store.QUEUE)


class Tried(msgspec.Struct, frozen=True):
    """The outcome of one attempt: what the receiver said, or the key of why it said nothing; `least` seconds it asks to wait."""

    receipt: State | None = None
    refusal: str | None = None
    least: int = 0


async def deliver(node: Node, patience: float | None = None) -> int:
    """One round (`work_off`): what has had its time is dead; what is due is sent, each receiver a lane. Returns how many have arrived."""
    who = system("delivery")
    async with node.write(who) as tx:
        for row in await store.expire(tx, tx.now - timedelta(seconds=declared(node.country).policy.messages.dead_after)):
            await _died(tx, who, row)
    return await work_off(node, who, store.QUEUE, LEASE, partial(_deliver_one, node, who), patience)


async def _died(tx: WriteTx, who: Caller, row: Any) -> None:
    event = MessageDied(message=str(row["id"]), service=row["service"], receiver=row["receiver"], reason=row["refusal"])
    await _say(tx, who, row["id"], event, row["case_code"])


async def _deliver_one(node: Node, who: Caller, row: asyncpg.Record, key: keys.DataKey | None) -> bool:
    # A key that was destroyed took the content along.
    tried = await _send(node, row, key) if key else Tried("refused", "kernel.erased")
    async with node.write(who) as tx:
        if tried.receipt is None:
            await failed(tx, store.QUEUE, row["id"], tx.now + wait_after(row["attempts"], tried.least), tried.refusal or "")
        elif message := await store.locked(tx, row["id"]):
            await _take_word(tx, who, message, tried.receipt, tried.refusal, message.message_id)
    if tried.refusal:
        _log.warning("message_waits", message=str(row["id"]), service=row["service"], refusal=tried.refusal, attempts=row["attempts"])
    return tried.receipt in {"delivered", "processed"}


async def _take_word(tx: WriteTx, who: Caller, message: Message, told: State, refusal: str | None, receipt: str) -> None:
    """What a receiver says of a message whose row is locked. What it said before and what is behind that changes nothing."""
    if rules.after(message.state, told) == message.state:
        if told == "delivered":
            await store.noted(tx, message.id)
        return
    await store.mark(tx, message.id, told, refusal, receipt)
    if told == "refused":
        event = MessageDied(message=str(message.id), service=message.service, receiver=message.receiver, reason=refusal or "")
        await _say(tx, who, message.id, event, message.case)


async def _send(node: Node, row: asyncpg.Record, key: keys.DataKey) -> Tried:
    try:
        # Only a letter has a digest.
        response, content = await (_send_letter(node, row, key) if row["digest"] else send(node, _envelope(node, row), _opened(row, key)))
        check_refusal(response, content)
        return Tried(rules.receipt_of(content, row["message_id"] or "").receipt)
    except Refused as error:
        return Tried("refused" if rules.is_last_word(error) else None, error.key, error.retry_after if isinstance(error, TooMany) else 0)
    except BadSignature:
        return Tried(refusal="exchange.bad_signature")
    except Exception as error:  # noqa: BLE001
        # One message that cannot be sent must not hold up those behind it.
        _log.error("message_failed", message=str(row["id"]), service=row["service"], exc_info=error)
        return Tried(refusal="exchange.failed")


def _opened(row: asyncpg.Record, key: keys.DataKey) -> bytes:
    return key.decrypt(row["body"], row["id"].bytes)


def _envelope(node: Node, row: asyncpg.Record) -> Envelope:
    """The id of the message stays, that of the attempt is new."""
    membership = membership_of(node)
    right = membership.right(row["service"], row["sender"], row["purpose"], row["assurance"])
    return Envelope(
        id=ids.new_id(), message_id=row["message_id"] or f"{membership.names.instance}-{row['id']}", kind="tell", client=row["sender"],
        provider=row["receiver"], service=row["service"], purpose=row["purpose"], legal_basis=right.basis, sent_at=row["revived_at"] or row["told_at"],
        case=row["case_code"], person=row["person"], post=row["post"], assurance=row["assurance"], on_behalf_of=row["on_behalf_of"],
        mandate=row["mandate"],
    )  # fmt: skip


async def _send_letter(node: Node, row: asyncpg.Record, key: keys.DataKey) -> Any:
    """The rights are those of this moment, as at every attempt."""
    membership = membership_of(node)
    target, headers, body = msgspec.msgpack.decode(_opened(row, key), type=tuple[str, list[tuple[str, str]], bytes | None])
    at = row["revived_at"] or row["told_at"]
    own = [("x-road-id", row["message_id"]), ("Dinh-Kind", "tell"), ("Dinh-Purpose", plain(row["purpose"])), ("Dinh-Sent-At", stamp(at))]
    bare = Request("POST", target, (*headers, *own, ("x-road-request-id", str(ids.new_id()))))
    envelope = read(bare, membership.names, membership.members)
    membership.check_active(envelope.provider)
    service = membership.service_at(envelope.provider, envelope.provider_subsystem or membership.names.subsystem, envelope.service)
    right = membership.permit(service, envelope.client, envelope.purpose, envelope.assurance, subsystem=envelope.client_subsystem, path=envelope.path)
    request = Request("POST", target, (*bare.headers, ("Dinh-Legal-Basis", plain(right.basis))))
    return await exchange(node, request, msgspec.structs.replace(envelope, legal_basis=right.basis), body)


async def take_receipt(tx: WriteTx, who: Caller, question: Question) -> None:
    """The handler of `exchange.receipt`. Raises NotFound unless it is about a message that was told to whoever says it.

    A refusal of an earlier try, before an operator revived the message, is history.
    """
    receipt = msgspec.convert(question.body, Receipt)
    message = await store.locked_by_name(tx, question.provider, receipt.subsystem, receipt.message)
    if message is None or message.receiver != question.client:
        raise NotFound("exchange.no_message")
    if receipt.receipt == "processed" or receipt.of == message.sent_at:
        await _take_word(tx, who, message, receipt.receipt, receipt.refusal or None, str(receipt.told or message.message_id))


async def message_of(tx: ReadTx, sender: str, subsystem: str | None, message_id: str) -> Message | None:
    return await store.named(tx, sender, subsystem, message_id)


async def waiting_of(tx: ReadTx) -> list[Waiting]:
    """What has not arrived and is still tried, by receiver and reason."""
    return await waiting(tx, store.QUEUE)


async def dead_of(tx: ReadTx) -> tuple[list[Message], list[Dead]]:
    """The oldest dead messages that nobody has given up, SHOWN at most; and how many there are for each reason."""
    return await store.dead(tx, SHOWN), await store.dead_by_reason(tx)


async def revive(tx: WriteTx, who: Caller, message: UUID) -> None:
    """A dead message is due at once, in its place before those told after it in its case, with its id: what was taken in before is not done twice.

    Takes its row's lock. Raises NotFound for one that is not dead, Conflict when its content is gone.
    """
    found = await _dead(tx, message)
    if not found.revivable:
        raise Conflict("exchange.content_gone")
    await store.revive(tx, message)
    await _say(tx, who, message, MessageRevived(message=str(message), service=found.service, receiver=found.receiver), found.case)


async def revive_all(tx: WriteTx, who: Caller, refusal: str) -> int:
    """Those that died of one reason, SHOWN at most. How many."""
    found = await store.dead_of(tx, refusal, SHOWN)
    for message in found:
        await revive(tx, who, message)
    return len(found)


async def give_up(tx: WriteTx, who: Caller, message: UUID, reason: str) -> None:
    """Nobody waits for a dead message any more; the sender's room is told, if it wants to know. Takes its row's lock.

    Raises NotFound for one that is not dead, Invalid without a known reason.
    """
    if reason not in get_args(Reason):
        raise Invalid("exchange.reason_needed")
    found = await _dead(tx, message)
    await store.give_up(tx, message, reason)
    event = MessageGivenUp(message=str(message), service=found.service, receiver=found.receiver, reason=reason)
    await _say(tx, who, message, event, found.case)
    if told := tx.node.part(GivenUp).get(found.service):
        await told(tx, who, found)


async def _dead(tx: WriteTx, message: UUID) -> Message:
    found = await store.locked(tx, message)
    if found is None or found.state not in {"refused", "dead"} or found.given_up:
        raise NotFound("exchange.no_message")
    return found
