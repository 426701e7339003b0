"""Tell another member something, inside a transaction; deliver what has been told, outside any."""

from datetime import timedelta

import asyncpg
import msgspec

from dinh.exchange.delivery import rules, store
from dinh.exchange.delivery.contracts import Outbox, Told
from dinh.exchange.gateway import Message, Packet, Question, Wire, check_reply, open_message, seal_message
from dinh.exchange.members import membership_of
from dinh.kernel import events, ids, keys, log
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import BadSignature, Refused
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

LEASE = timedelta(seconds=30)
BATCH = 20
_log = log.get("exchange")


async def tell(tx: WriteTx, who: Caller, message: Question, *, key: keys.DataKey | None = None) -> None:
    """Put a message in the outbox: it leaves only if this transaction commits, and then arrives at least once.

    The body is encrypted with the case's key while it waits. Raises NotAllowed when there is no right to send it.
    """
    membership = membership_of(tx.node.country)
    membership.check_provider(message.service, message.provider)
    membership.right(message.service, message.client, message.purpose, who.assurance)
    key = key or await keys.for_scope(tx, f"month:{tx.now:%Y-%m}")
    envelope = Message(
        id=ids.new_id(), kind="tell", sender=message.client, receiver=message.provider, service=message.service, purpose=message.purpose,
        sent_at=tx.now, body=b"", case=message.case or who.case, person=who.person, post=who.post, assurance=who.assurance, on_behalf_of=who.on_behalf_of, mandate=who.mandate,
    )  # fmt: skip
    await store.insert(tx, envelope, key.id, key.encrypt(msgspec.json.encode(message.body), envelope.id.bytes))
    told = Told(message=str(envelope.id), service=message.service, receiver=message.provider)
    await events.append(tx, who, str(envelope.id), told, case=envelope.case)


async def outbox_of(tx: ReadTx) -> Outbox:
    return await store.outbox(tx)


async def undelivered(tx: ReadTx, cases: list[str]) -> set[str]:
    """Which of these cases have a message that has not arrived yet."""
    return await store.undelivered(tx, cases)


async def retry_now(tx: WriteTx) -> int:
    """What waits for its next attempt is due at once. How many messages; a second delivery of one has no effect."""
    return await store.due_now(tx)


async def deliver(node: Node) -> int:
    """One round: lease what is due, send it outside any transaction, mark the outcome. Returns how many arrived."""
    who = system("delivery")
    async with node.write(who) as tx:
        due = await store.lease(tx, tx.now + LEASE, BATCH)
        messages = [await _message(tx, row) for row in due]
    return sum([await _deliver_one(node, who, message, row["attempts"]) for message, row in zip(messages, due, strict=True)])


async def _message(tx: WriteTx, row: asyncpg.Record) -> Message:
    body = (await keys.by_id(tx, row["key"])).decrypt(row["body"], row["id"].bytes)
    return Message(
        id=row["id"], kind="tell", sender=row["sender"], receiver=row["receiver"], service=row["service"], purpose=row["purpose"],
        sent_at=row["told_at"], body=body, case=row["case_code"], person=row["person"], post=row["post"], assurance=row["assurance"],
        on_behalf_of=row["on_behalf_of"], mandate=row["mandate"],
    )  # fmt: skip


async def _deliver_one(node: Node, who: Caller, message: Message, attempts: int) -> bool:
    refusal = await _send(node, message)
    async with node.write(who) as tx:
        if refusal is None:
            await store.delivered(tx, message.id)
            return True
        await store.failed(tx, message.id, tx.now + rules.wait_after(attempts), refusal)
    _log.warning("message_waits", message=str(message.id), service=message.service, refusal=refusal, attempts=attempts)
    return False


async def _send(node: Node, message: Message) -> str | None:
    """None when the receiver has it, else the key of why not."""
    try:
        packet = msgspec.msgpack.encode(await seal_message(node, message))
        reply = await open_message(node, msgspec.msgpack.decode(await node.part(Wire).transport.send(message.receiver, packet), type=Packet))
        check_reply(message, reply)
    except Refused as error:
        return error.key
    except BadSignature:
        return "exchange.bad_signature"
    except Exception as error:  # noqa: BLE001
        # One message that cannot be sent must not hold up those behind it.
        _log.error("message_failed", message=str(message.id), service=message.service, exc_info=error)
        return "exchange.unusable"
    return reply.refusal if reply.kind == "refusal" else None
