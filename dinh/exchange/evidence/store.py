"""SQL of the evidence. The application can add it and read it; only content goes again, with the key of its month."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from dinh.exchange.accesslog import Line, adding, columns_of
from dinh.exchange.evidence.contracts import Kept
from dinh.exchange.links import SignedBatch
from dinh.kernel.retention import Ended, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx

# Everything of a round in one statement. A batch whose messages were answered at different moments is there already.
KEEP = f"""
WITH batches AS (
  INSERT INTO exchange.batch (id, made_at, member, leaves, root, signature, record, place)
  SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::uuid[], $8::smallint[])
  ON CONFLICT DO NOTHING RETURNING id
), calls AS (
  INSERT INTO exchange.call (id, side, kind, message_id, service, client, provider, purpose, case_code, status, refusal, request_in, request_out, response_in,
    response_out, request_size, response_size, request_batch, request_place, request_digests, answer_batch, answer_place, answer_digests,
    client_subsystem, provider_subsystem, method)
  SELECT * FROM unnest($9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::smallint[],
    $19::text[], $20::timestamptz[], $21::timestamptz[], $22::timestamptz[], $23::timestamptz[], $24::int[], $25::int[], $26::uuid[], $27::smallint[],
    $28::bytea[], $29::uuid[], $30::smallint[], $31::bytea[], $35::text[], $36::text[], $37::text[])
), contents AS (
  INSERT INTO exchange.content (call, side, month, key, sealed) SELECT * FROM unnest($9::uuid[], $10::text[], $32::date[], $33::uuid[], $34::bytea[])
), accesses AS (
  {adding(38)}
) SELECT id FROM batches
"""  # noqa: S608 - constants


async def keep(tx: WriteTx, record: UUID, batches: Sequence[SignedBatch], calls: Sequence[Kept], accesses: Sequence[Line]) -> set[UUID]:
    """Which batches are new."""
    first = [
        (b.id, b.at, b.member, b"".join(b.leaves), b.root, msgspec.msgpack.encode(b.signature), record, place) for place, b in enumerate(batches)
    ]
    rows = await tx.all(KEEP, *zip(*first, strict=True), *zip(*[_row(one) for one in calls], strict=True), *columns_of(accesses))
    return {row["id"] for row in rows}


def _row(kept: Kept) -> tuple[Any, ...]:
    call = kept.call
    asked, told, times = call.request, call.answer, call.times
    return (
        call.id, call.side, call.kind, call.message_id, call.service, call.client, call.provider, call.purpose, call.case, call.status, call.refusal,
        times.request_in, times.request_out, times.response_in, times.response_out,
        asked.size, told.size,
        asked.batch.id, asked.index, kept.request_digests, told.batch.id, told.index, kept.answer_digests, kept.month, kept.key, kept.sealed,
        call.client_subsystem, call.provider_subsystem, call.method,
    )  # fmt: skip


async def take(tx: WriteTx, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these questions are new here. They are not any more.

    The commit does not wait for the disk: whatever is answered waits for the commit of its evidence, and that one takes all before it along.
    """
    rows = await tx.all(
        """WITH hurry AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
           INSERT INTO exchange.taken (id, at) SELECT id, $2 FROM unnest($1::uuid[]) AS id, hurry ON CONFLICT DO NOTHING RETURNING id""",
        ids, tx.now,
    )  # fmt: skip
    return {row["id"] for row in rows}


async def forget_taken(tx: WriteTx, before: datetime) -> int:
    return await tx.run("DELETE FROM exchange.taken WHERE at < $1", before)


async def open_month(tx: WriteTx, key: UUID, month: date) -> None:
    await tx.run("INSERT INTO exchange.month (id, month) VALUES ($1, $2) ON CONFLICT DO NOTHING", key, month)


async def months(tx: ReadTx, wanted: Wanted, zone: str) -> list[Ended]:
    """Those that ended before, each under the id of its key."""
    rows = await tx.all(
        """SELECT id, month, (month + interval '1 month') AT TIME ZONE $3 AS ended_at FROM exchange.month
           WHERE disposed_at IS NULL AND id > $1 AND (month + interval '1 month') AT TIME ZONE $3 < $2 ORDER BY id LIMIT $4""",
        wanted.after, wanted.before, zone, wanted.limit,
    )  # fmt: skip
    return [Ended(id=row["id"], reference=f"{row['month']:%Y-%m}", ended_at=row["ended_at"]) for row in rows]


async def dispose_month(tx: WriteTx, key: UUID) -> date | None:
    """None when it is gone already."""
    month: date | None = await tx.value(
        "UPDATE exchange.month SET disposed_at = $2 WHERE id = $1 AND disposed_at IS NULL RETURNING month", key, tx.now
    )
    if month is not None:
        await tx.run("DELETE FROM exchange.content WHERE month = $1", month)
    return month
