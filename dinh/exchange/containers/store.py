"""SQL that finds one exchange's evidence again."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dinh.exchange.containers.contracts import MOST, Call, Stamped
from dinh.exchange.stamps import Standing, Waiting
from dinh.kernel.transactions import ReadTx
from dinh.trust import BatchSignature

LEAF = 64


async def calls(tx: ReadTx, message_id: str, member: str, subsystem: str | None) -> list[Call]:
    """Those that this subsystem of the member asked or answered, one more than MOST at most. `subsystem` None: the platform's own."""
    rows = await tx.all(
        """SELECT DISTINCT ON (c.id) c.id, c.request_batch, c.request_place, c.request_digests, c.answer_batch, c.answer_place, c.answer_digests, k.key, k.sealed
           FROM exchange.call c LEFT JOIN exchange.content k ON k.call = c.id AND k.side = c.side
           WHERE c.message_id = $1 AND (
             (c.side = 'client' AND c.client = $2 AND c.client_subsystem IS NOT DISTINCT FROM $3)
             OR (c.side = 'provider' AND c.provider = $2 AND c.provider_subsystem IS NOT DISTINCT FROM $3))
           ORDER BY c.id, c.side LIMIT $4""",
        message_id, member, subsystem, MOST + 1,
    )  # fmt: skip
    return [
        Call(
            row["id"],
            {"request": row["request_batch"], "response": row["answer_batch"]},
            {"request": row["request_place"], "response": row["answer_place"]},
            {"request": row["request_digests"], "response": row["answer_digests"]},
            row["key"],
            row["sealed"],
        )
        for row in rows
    ]


async def stamped(tx: ReadTx, batches: Sequence[UUID]) -> dict[UUID, Stamped]:
    """By batch; those without a timestamp are left out."""
    rows = await tx.all(
        """SELECT b.id, b.made_at, b.root, b.signature, b.leaves, s.place, t.token, t.leaves AS others,
                  n.id AS standing, n.fingerprint, n.certificate, n.response, n.until
           FROM exchange.batch b JOIN exchange.stamped s ON s.batch = b.id AND s.made_at = b.made_at
           JOIN exchange.stamp t ON t.id = s.stamp JOIN exchange.standing n ON n.id = s.standing WHERE b.id = ANY ($1)""",
        batches,
    )
    return {
        row["id"]: Stamped(
            Waiting(row["id"], row["made_at"], row["root"], msgspec.msgpack.decode(row["signature"], type=BatchSignature)),
            _leaves(row["leaves"]),
            Standing(row["standing"], row["fingerprint"], row["certificate"], row["response"], row["until"]),
            row["token"],
            _leaves(row["others"]),
            row["place"],
        )
        for row in rows
    }


def _leaves(joined: bytes) -> list[bytes]:
    return [joined[at : at + LEAF] for at in range(0, len(joined), LEAF)]
