"""Send what waits: taken in one transaction, sent outside any, noted in another. A worker that dies in between sends it again."""

import asyncio
from collections.abc import Awaitable, Callable

from dinh.kernel import keys, log
from dinh.kernel.caller import system
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import WriteTx
from dinh.notices import contacts, inbox, outbox
from dinh.notices.contacts import Destination
from dinh.notices.delivery import letters
from dinh.notices.outbox import Attempt, Delivery, NotSent, Senders

# Sends one message; the gateway's own number of it, or nothing. Raises NotSent.
Errand = Callable[[], Awaitable[str]]
WHO = system("notices")
# Connections at one time.
AT_ONCE = 5
_log = log.get("notices")


async def send(node: Node) -> int:
    """One round. Returns how many messages it looked at."""
    senders = node.part(Senders)
    if not senders.offered:
        return 0
    async with node.write(WHO) as tx:
        leased = await outbox.lease(tx, senders.offered)
        errands = [(delivery, await _errand(tx, senders, delivery)) for delivery in leased]
    few = asyncio.Semaphore(AT_ONCE)
    ended = await asyncio.gather(*(_carry(node, few, delivery, errand) for delivery, errand in errands), return_exceptions=True)
    for fault in ended:
        # All have ended by now: none goes on behind the next round.
        if isinstance(fault, BaseException):
            raise fault
    return len(leased)


async def _carry(node: Node, few: asyncio.Semaphore, delivery: Delivery, errand: Errand | None) -> None:
    async with few:
        attempt = await _run(delivery, errand)
        async with node.write(WHO) as tx:
            # The contact's row first, as everyone who cancels does: two messages that bounce together must not wait for each other.
            bounced = attempt.outcome == "bounced" and await contacts.mark_bounced(tx, WHO, delivery.person, delivery.channel, delivery.contact)
            await outbox.settle(tx, WHO, delivery, attempt)
            if bounced:
                await outbox.cancel(tx, delivery.contact)


async def _errand(tx: WriteTx, senders: Senders, delivery: Delivery) -> Errand | None:
    """Everything that the message says, read now; None when nobody waits for it any more."""
    try:
        to = await contacts.destination(tx, delivery.contact, confirmed=delivery.notice is not None)
        if to is None or delivery.expires_at <= tx.now:
            return None
        if delivery.notice is None:
            return _code_errand(tx.node, senders, delivery, to, await _code(tx, delivery))
        notice = await inbox.notice_of(tx, delivery.notice)
        return _notice_errand(tx.node, senders, delivery, to, notice) if notice else None
    except NotFound:
        # The person's key was destroyed: address and code are gone with it.
        return None


async def _code(tx: WriteTx, delivery: Delivery) -> str:
    if delivery.key is None or delivery.sealed is None:
        raise NotFound
    return (await keys.by_id(tx, delivery.key)).decrypt(delivery.sealed, delivery.id.bytes).decode()


def _notice_errand(node: Node, senders: Senders, delivery: Delivery, to: Destination, notice: inbox.Notice) -> Errand:
    if delivery.channel == "email":
        return _by_mail(senders, letters.notice_letter(node, to, delivery.id, notice))
    return _by_sms(senders, to.address, letters.notice_sms(node, to, notice), str(delivery.id))


def _code_errand(node: Node, senders: Senders, delivery: Delivery, to: Destination, code: str) -> Errand:
    if delivery.channel == "email":
        return _by_mail(senders, letters.code_letter(node, to, delivery.id, code, delivery.made_at))
    return _by_sms(senders, to.address, letters.code_sms(node, to, code), str(delivery.id))


def _by_mail(senders: Senders, letter: outbox.Letter) -> Errand:
    async def run() -> str:
        if senders.mail:
            await senders.mail.send(letter)
        return ""

    return run


def _by_sms(senders: Senders, phone: str, text: str, key: str) -> Errand:
    async def run() -> str:
        return await senders.sms.send(phone, text, key) if senders.sms else ""

    return run


async def _run(delivery: Delivery, errand: Errand | None) -> Attempt:
    if errand is None:
        return Attempt("refused", "unwanted")
    try:
        return Attempt("sent", reference=await errand())
    except NotSent as error:
        _log.warning("message_waits", delivery=str(delivery.id), channel=delivery.channel, fault=error.attempt.fault, attempts=delivery.attempts)
        return error.attempt
    except Exception as error:  # noqa: BLE001
        # One message that cannot be written must not hold up those behind it.
        _log.error("message_failed", delivery=str(delivery.id), channel=delivery.channel, exc_info=error)
        return Attempt("again", "unusable")


async def forget(node: Node) -> int:
    """What need not be kept any longer: old notices, ended deliveries, codes that were never typed. Returns how many rows went."""
    async with node.write(WHO) as tx:
        return await inbox.forget(tx) + await outbox.forget(tx, tx.now) + await contacts.forget(tx, tx.now)
