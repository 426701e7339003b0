"""SQL of the evidence. The application can add it and read it; only content goes again, with the key of its month."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, partial
from itertools import accumulate
from typing import Any
from uuid import UUID

import msgspec

from dinh.exchange import accesslog, metering
from dinh.exchange.evidence.contracts import Kept
from dinh.exchange.links import SignedBatch
from dinh.kernel import events
from dinh.kernel.retention import Ended, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx

Adding = Callable[[int], str]
"""The statement of one part of a round, with its parameters from this number on: one array a column."""
_BATCH = {
    "id": "uuid", "made_at": "timestamptz", "member": "text", "leaves": "bytea", "root": "bytea", "signature": "bytea", "record": "uuid", "place": "smallint",
}  # fmt: skip
_CALL = {
    "id": "uuid", "side": "text", "kind": "text", "message_id": "text", "service": "text", "client": "text", "provider": "text", "purpose": "text",
    "case_code": "text", "status": "smallint", "refusal": "text", "request_in": "timestamptz", "request_out": "timestamptz", "response_in": "timestamptz",
    "response_out": "timestamptz", "request_size": "int", "response_size": "int", "request_batch": "uuid", "request_place": "smallint",
    "request_digests": "bytea", "answer_batch": "uuid", "answer_place": "smallint", "answer_digests": "bytea", "client_subsystem": "text",
    "provider_subsystem": "text", "method": "text",
}  # fmt: skip
_CONTENT = {"call": "uuid", "side": "text", "month": "date", "key": "uuid", "sealed": "bytea"}


def _adding(into: str, types: Mapping[str, str], first: int) -> str:
    arrays = ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(types.values(), first))
    return f"{into} ({', '.join(types)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - constants


_BATCHES = partial(_adding, "INSERT INTO exchange.batch", _BATCH)
_CALLS = partial(_adding, "INSERT INTO exchange.call", _CALL)
_CONTENTS = partial(_adding, "INSERT INTO exchange.content", _CONTENT)


async def keep(
    tx: WriteTx,
    record: UUID,
    batches: Sequence[SignedBatch],
    calls: Sequence[Kept],
    accesses: Sequence[accesslog.Line],
    amounts: Mapping[metering.Use, metering.Amount],
) -> dict[metering.Use, int]:
    """All of a round in one statement, the events that wait included; `batches` are those that are new. Returns what the lines of the meter have come to."""
    parts: list[tuple[Adding, Sequence[Any]]] = [
        (_BATCHES, _columns([_batch(batch, record, place) for place, batch in enumerate(batches)])),
        (_CALLS, _columns([_call(kept) for kept in calls])),
        (_CONTENTS, _columns([(kept.call.id, kept.call.side, kept.month, kept.key, kept.sealed) for kept in calls])),
        (accesslog.adding, accesslog.columns_of(accesses)),
        (events.adding, events.taken(tx)),
        (metering.adding, metering.columns_of(amounts)),
    ]
    present = [(adding, columns) for adding, columns in parts if columns and columns[0]]
    sql = _statement(tuple([(adding, len(columns)) for adding, columns in present]))
    rows = await tx.all(sql, *[column for _, columns in present for column in columns])
    return metering.totals_of(rows) if amounts else {}


@cache
def _statement(parts: tuple[tuple[Adding, int], ...]) -> str:
    """The last part is the statement, those before it are its WITH."""
    starts = accumulate([width for _, width in parts], initial=1)
    *before, last = [adding(first) for (adding, _), first in zip(parts, starts, strict=False)]
    return f"WITH {', '.join([f'round_{at} AS ({sql})' for at, sql in enumerate(before)])} {last}"


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))


def _batch(batch: SignedBatch, record: UUID, place: int) -> tuple[Any, ...]:
    return (batch.id, batch.at, batch.member, b"".join(batch.leaves), batch.root, msgspec.msgpack.encode(batch.signature), record, place)


def _call(kept: Kept) -> tuple[Any, ...]:
    call = kept.call
    asked, told, times = call.request, call.answer, call.times
    return (
        call.id, call.side, call.kind, call.message_id, call.service, call.client, call.provider, call.purpose, call.case, call.status, call.refusal,
        times.request_in, times.request_out, times.response_in, times.response_out,
        asked.size, told.size,
        asked.batch.id, asked.index, kept.request_digests, told.batch.id, told.index, kept.answer_digests,
        call.client_subsystem, call.provider_subsystem, call.method,
    )  # fmt: skip


async def unknown(tx: ReadTx, batches: Sequence[SignedBatch]) -> list[SignedBatch]:
    """Without those that are kept already."""
    there = {row["id"] for row in await tx.all("SELECT id FROM exchange.batch WHERE id = ANY ($1)", [batch.id for batch in batches])}
    return [batch for batch in batches if batch.id not in there]


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
