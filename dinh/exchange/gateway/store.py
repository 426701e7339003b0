"""SQL of the evidence: both sides keep hash and signature of every request and answer."""

from uuid import UUID

from dinh.exchange.gateway.contracts import Message, Packet
from dinh.kernel.transactions import ReadTx, WriteTx


async def insert_evidence(tx: WriteTx, side: str, message: Message, request: Packet, reply: Packet, hashes: tuple[bytes, bytes]) -> bool:
    """False when this side has the message already: a replay."""
    return bool(
        await tx.run(
            """INSERT INTO exchange.evidence (message, side, service, client, provider, purpose, case_code, request_hash, request_signature,
                 answer_hash, answer_signature, algorithm, recorded_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING""",
            message.id, side, message.service, message.sender, message.receiver, message.purpose, message.case, hashes[0], request.signature,
            hashes[1], reply.signature, request.algorithm, tx.now,
        )
    )  # fmt: skip


async def seen(tx: ReadTx, message: UUID, side: str) -> bool:
    return bool(await tx.value("SELECT 1 FROM exchange.evidence WHERE message = $1 AND side = $2", message, side))


async def take_in(tx: WriteTx, message: Message) -> bool:
    """False when the told message was taken in before: its verb must not run twice."""
    return bool(
        await tx.run(
            "INSERT INTO exchange.inbox (message, service, sender, taken_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            message.id, message.service, message.sender, tx.now,
        )
    )  # fmt: skip
