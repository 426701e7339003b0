"""SQL of what was taken in."""

from uuid import UUID

from dinh.exchange.gateway.contracts import Envelope
from dinh.kernel.transactions import WriteTx


async def take_in(tx: WriteTx, message: UUID, envelope: Envelope) -> bool:
    """False when the told message was taken in before: its verb must not run twice."""
    return bool(
        await tx.run(
            "INSERT INTO exchange.inbox (message, service, sender, taken_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            message, envelope.service, envelope.client, tx.now,
        )
    )  # fmt: skip
