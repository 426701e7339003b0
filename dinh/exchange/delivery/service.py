"""Tell another member something, inside a transaction; deliver what has been told, outside any."""

import asyncio
from datetime import timedelta

import asyncpg
import msgspec

from dinh.exchange.delivery import rules, store
from dinh.exchange.delivery.contracts import Outbox, Told
from dinh.exchange.gateway import Envelope, Question, check_refusal, send
from dinh.exchange.members import membership_of
from dinh.kernel import events, ids, keys, log
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import BadSignature, Refused
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

LEASE = timedelta(seconds=30)
BATCH = 100
_log = log.get("exchange")


async def tell(tx: WriteTx, who: Caller, message: Question, *, key: keys.DataKey | None = None) -> None:
    """Put a message in the outbox: it leaves only if this transaction commits, and then arrives at least once.

    The body is encrypted with the case's key while it waits. Raises NotAllowed when there is no right to send it.
    """
    membership = membership_of(tx.node)
    membership.check_provider(message.service, message.provider)
    membership.right(message.service, message.client, message.purpose, who.assurance, later=True)
    key = key or await keys.for_scope(tx, f"month:{tx.now:%Y-%m}")
    envelope = Envelope(
        id=ids.new_id(), message_id="", kind="tell", client=message.client, provider=message.provider, service=message.service, purpose=message.purpose,
        sent_at=tx.now, case=message.case or who.case, person=who.person, post=who.post, assurance=who.assurance, on_behalf_of=who.on_behalf_of,
        mandate=who.mandate,
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
        bodies = [(await keys.by_id(tx, row["key"])).decrypt(row["body"], row["id"].bytes) for row in due]
    lines: dict[str, list[tuple[asyncpg.Record, bytes]]] = {}
    for row, body in zip(due, bodies, strict=True):
        lines.setdefault(row["case_code"] or str(row["id"]), []).append((row, body))
    return sum(await asyncio.gather(*[_deliver_line(node, who, line) for line in lines.values()]))


async def _deliver_line(node: Node, who: Caller, line: list[tuple[asyncpg.Record, bytes]]) -> int:
    """What was told of one case arrives in the order it was told; cases go side by side."""
    return sum([await _deliver_one(node, who, row, body) for row, body in line])


def _envelope(node: Node, row: asyncpg.Record) -> Envelope:
    """The id of the message stays, that of the attempt is new."""
    membership = membership_of(node)
    right = membership.right(row["service"], row["sender"], row["purpose"], row["assurance"])
    return Envelope(
        id=ids.new_id(), message_id=f"{membership.names.instance}-{row['id']}", kind="tell", client=row["sender"], provider=row["receiver"],
        service=row["service"], purpose=row["purpose"], legal_basis=right.basis, sent_at=row["told_at"], case=row["case_code"], person=row["person"],
        post=row["post"], assurance=row["assurance"], on_behalf_of=row["on_behalf_of"], mandate=row["mandate"],
    )  # fmt: skip


async def _deliver_one(node: Node, who: Caller, row: asyncpg.Record, body: bytes) -> bool:
    refusal = await _send(node, row, body)
    async with node.write(who) as tx:
        if refusal is None:
            await store.delivered(tx, row["id"])
            return True
        await store.failed(tx, row["id"], tx.now + rules.wait_after(row["attempts"]), refusal)
    _log.warning("message_waits", message=str(row["id"]), service=row["service"], refusal=refusal, attempts=row["attempts"])
    return False


async def _send(node: Node, row: asyncpg.Record, body: bytes) -> str | None:
    """None when the receiver has it, else the key of why not."""
    try:
        check_refusal(*await send(node, _envelope(node, row), body))
    except Refused as error:
        return error.key
    except BadSignature:
        return "exchange.bad_signature"
    except Exception as error:  # noqa: BLE001
        # One message that cannot be sent must not hold up those behind it.
        _log.error("message_failed", message=str(row["id"]), service=row["service"], exc_info=error)
        return "exchange.unusable"
    return None
