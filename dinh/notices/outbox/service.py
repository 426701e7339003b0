"""Put messages out, take them for sending, and note what became of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dinh.kernel import events
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import WriteTx
from dinh.notices.definitions import Channel
from dinh.notices.outbox import rules, store
from dinh.notices.outbox.contracts import Attempt, Delivery, DeliveryGivenUp, DeliverySent

# Longer than a slow server takes for the messages of one round: nobody else sends them meanwhile.
LEASE = timedelta(minutes=10)
BATCH = 20
KEEP = timedelta(days=90)


async def put_out(tx: WriteTx, delivery: Delivery) -> None:
    """It leaves only if this transaction commits, then at least once."""
    await store.insert(tx, delivery)


async def lease(tx: WriteTx, channels: Sequence[Channel]) -> list[Delivery]:
    return await store.lease(tx, channels, tx.now + LEASE, BATCH)


async def settle(tx: WriteTx, who: Caller, delivery: Delivery, attempt: Attempt) -> None:
    """Note the outcome; an address that bounced is its contact's business."""
    next_try = tx.now + rules.wait_after(delivery.attempts)
    if attempt.outcome == "again" and not rules.is_over(delivery.expires_at, next_try):
        await store.again(tx, delivery.id, next_try, attempt.fault)
        return
    sent = attempt.outcome == "sent"
    if not await store.end(tx, delivery.id, "sent" if sent else "given_up", attempt):
        return
    if sent:
        event = DeliverySent(person=delivery.person, delivery=str(delivery.id), channel=delivery.channel)
        await events.append(tx, who, delivery.person, event)
    else:
        given_up = DeliveryGivenUp(person=delivery.person, delivery=str(delivery.id), channel=delivery.channel, fault=attempt.fault)
        await events.append(tx, who, delivery.person, given_up)


async def cancel(tx: WriteTx, contact: UUID) -> None:
    await store.cancel(tx, contact)


async def forget(tx: WriteTx, now: datetime) -> int:
    return await store.forget(tx, now - KEEP)
