"""Hand told messages to the systems of their receivers, and tell the senders what became of them."""

from datetime import timedelta
from functools import partial

import asyncpg
import msgspec

from dinh.exchange.delivery import RECEIPT, Receipt, tell
from dinh.exchange.gateway import Question, Systems
from dinh.exchange.handover import rules, store
from dinh.exchange.handover.contracts import Arrived, HandedOver, Outcome
from dinh.exchange.members import declared, membership_of
from dinh.exchange.queues import Waiting, due_now, failed, wait_after, waiting, work_off
from dinh.kernel import events, ids, keys, log
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Refused
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

# A system that takes longer may get the message twice at once, with the same key.
LEASE = timedelta(minutes=5)
PURPOSE = "receipt"
Content = tuple[str, str, list[tuple[str, str]], bytes | None]
_log = log.get("exchange")


async def hand_over(node: Node, patience: float | None = None) -> int:
    """One round (`work_off`), each service a lane. Returns how many the systems took or refused."""
    who = system("handover")
    return await work_off(node, who, store.QUEUE, LEASE, partial(_hand_one, node, who), patience)


async def _hand_one(node: Node, who: Caller, row: asyncpg.Record, key: keys.DataKey | None) -> bool:
    one = store.arrived(row)
    outcome, reason = await _call(node, one, key)
    async with node.write(who) as tx:
        if outcome is None and tx.now - one.arrived_at > timedelta(seconds=declared(node.country).policy.messages.dead_after):
            outcome, reason = "refused", "exchange.not_taken"
        if outcome is None:
            await failed(tx, store.QUEUE, one.message, tx.now + wait_after(one.attempts), reason)
            _log.warning("handover_waits", message=str(one.message), service=one.service, refusal=reason, attempts=one.attempts)
            return False
        await _end(tx, who, one, outcome, reason)
    return True


async def _call(node: Node, one: Arrived, key: keys.DataKey | None) -> tuple[Outcome | None, str]:
    """What the system said, or None with the key of why it said nothing that counts."""
    if key is None or one.content is None:
        return "refused", "kernel.erased"
    membership = membership_of(node)
    try:
        service = membership.service_at(one.receiver, one.receiver_subsystem or membership.names.subsystem, one.service)
        verb, target, headers, body = msgspec.msgpack.decode(key.decrypt(one.content, one.message.bytes), type=Content)
        # Among all senders' messages, however often it comes (draft-ietf-httpapi-idempotency-key-header).
        mine = [pair for pair in headers if pair[0].lower() != "idempotency-key"] + [("Idempotency-Key", f'"{one.message}"')]
        told = await node.part(Systems).call(service, verb, target, mine, body)
    except Refused as error:
        return None, error.key
    except Exception as error:  # noqa: BLE001
        # One message must not hold up those behind it.
        _log.error("handover_failed", message=str(one.message), service=one.service, exc_info=error)
        return None, "exchange.failed"
    outcome = rules.outcome_of(told.status)
    return outcome, "" if outcome == "processed" else "exchange.system_refused" if outcome else "exchange.system_busy"


async def _end(tx: WriteTx, who: Caller, one: Arrived, outcome: Outcome, reason: str) -> None:
    """The last word, and a receipt that says so, in one transaction."""
    sent_at = await store.end(tx, one.message, outcome, reason or None)
    if sent_at is None:
        return
    event = HandedOver(message=str(one.message), service=one.service, sender=one.sender, outcome=outcome)
    await events.append(tx, who, str(one.message), event, case=one.case)
    identity = ids.new_id()
    told = f"{membership_of(tx.node).names.instance}-{identity}"
    receipt = Receipt(one.message_id, outcome, sent_at, reason, one.sender_subsystem, told)
    question = Question(service=RECEIPT, client=one.receiver, provider=one.sender, purpose=PURPOSE, body=msgspec.to_builtins(receipt))
    try:
        await tell(tx, who, question, identity=identity)
    except Refused as error:
        # Such as a sender that was revoked meanwhile: it learns it when it tells the message again.
        _log.warning("receipt_not_told", message=str(one.message), reason=error.key)


async def handovers(tx: ReadTx) -> list[Waiting]:
    return [msgspec.structs.replace(one, handover=True) for one in await waiting(tx, store.QUEUE)]


async def hurry(tx: WriteTx) -> int:
    """What waits for a system is due at once."""
    return await due_now(tx, store.QUEUE)


async def arrived(tx: ReadTx, receiver: str, subsystem: str | None, message_id: str) -> Arrived | None:
    """As its receiver's own system may see it."""
    return await store.named(tx, receiver, subsystem, message_id)
