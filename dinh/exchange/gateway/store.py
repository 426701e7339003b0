"""SQL of what was taken in."""

from uuid import UUID

from dinh.exchange.gateway.contracts import Envelope, Held
from dinh.kernel.errors import Conflict
from dinh.kernel.transactions import WriteTx


async def take_in(tx: WriteTx, message: UUID, envelope: Envelope) -> bool:
    """False when the told message was taken in before: its verb must not run twice. Raises Conflict where another one has its id."""
    new = await tx.run(
        "INSERT INTO exchange.inbox (message, service, sender, taken_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        message, envelope.service, envelope.client, tx.now,
    )  # fmt: skip
    if new:
        return True
    known = await tx.one("SELECT service, sender FROM exchange.inbox WHERE message = $1", message)
    if known is None or tuple(known) != (envelope.service, envelope.client):
        raise Conflict("exchange.other_message")
    return False


async def hold(tx: WriteTx, message: UUID, envelope: Envelope, key: UUID, content: bytes) -> None:
    """For a provider's own system, until it takes it."""
    await tx.run(
        """INSERT INTO exchange.handover (message, message_id, service, sender, sender_subsystem, receiver, receiver_subsystem, purpose, case_code, sent_at, key,
             content, arrived_at, next_try_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)""",
        message, envelope.message_id, envelope.service, envelope.client, envelope.client_subsystem, envelope.provider, envelope.provider_subsystem,
        envelope.purpose, envelope.case, envelope.sent_at, key, content, tx.now,
    )  # fmt: skip


async def held(tx: WriteTx, message: UUID) -> Held | None:
    """Takes the row's lock."""
    row = await tx.one("SELECT sent_at, processed_at, refused_at, refusal, whom FROM exchange.handover WHERE message = $1 FOR UPDATE", message)
    return Held(**dict(row)) if row else None


async def reopen(tx: WriteTx, message: UUID, envelope: Envelope, key: UUID, content: bytes) -> None:
    """What the system refused was revived by the sender's operator. Of which case it is may have been disposed of meanwhile."""
    await tx.run(
        """UPDATE exchange.handover SET sent_at = $2, key = $3, content = $4, arrived_at = $5, next_try_at = $5, attempts = 0, refused_at = NULL, refusal = NULL,
             case_code = $6 WHERE message = $1""",
        message, envelope.sent_at, key, content, tx.now, envelope.case,
    )  # fmt: skip


async def sent_again(tx: WriteTx, message: UUID, envelope: Envelope) -> None:
    """A revived message that waits here still: the receipt will be of the last time that it was sent."""
    await tx.run("UPDATE exchange.handover SET sent_at = greatest(sent_at, $2) WHERE message = $1", message, envelope.sent_at)


async def logged(tx: WriteTx, message: UUID, whom: bytes) -> None:
    await tx.run("UPDATE exchange.handover SET whom = $2 WHERE message = $1", message, whom)
